//! How times grow with sizes: the points of curves, and the exponents that fit them.
//!
//! Where a time is a nᵇ, its logarithm is log a + b log n: a straight line of slope b, which least squares find.

use serde::{Deserialize, Serialize};

use crate::options::Choice;
use crate::results::{Row, Statistic};
use crate::rows::{Family, Function, Op, Padding};

/// Curves of one operation, as they're planned.
pub(crate) struct Plan {
    pub(crate) title: &'static str,
    /// What the size is.
    size: &'static str,
    /// The exponent that theory has for it.
    theory: u8,
    /// The least size that counts for the exponents: below it, something else than the operation takes the time.
    fit_from: f64,
    /// Where theory's exponent comes from, and why there are others.
    why: &'static str,
    pub(crate) points: Vec<Planned>,
}

/// A point: what's raced for it.
pub(crate) struct Planned {
    size: usize,
    pub(crate) op: Op,
    /// What the curve is called, if it's one of several that are ours.
    curve: Option<Family>,
}

/// Curves of one operation.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Growth {
    pub(crate) title: String,
    pub(crate) size: String,
    pub(crate) statistic: Statistic,
    pub(crate) theory: u8,
    pub(crate) fit_from: f64,
    pub(crate) why: String,
    pub(crate) curves: Vec<Curve>,
}

/// Someone's times.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Curve {
    pub(crate) name: String,
    pub(crate) ours: bool,
    /// The exponent that fits best, over two points at least.
    pub(crate) exponent: Option<f64>,
    pub(crate) points: Vec<Point>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Point {
    pub(crate) size: f64,
    pub(crate) seconds: f64,
    pub(crate) quartiles: [f64; 2],
}

/// All curves there are.
pub(crate) fn plans() -> Vec<Plan> {
    const BITS: [usize; 7] = [512, 768, 1024, 1536, 2048, 3072, 4096];
    const BYTES: [usize; 8] = [64, 256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576];
    let each = |sizes: &[usize], op: &dyn Fn(usize) -> Op| {
        sizes.iter().map(|&size| Planned { size, op: op(size), curve: None }).collect()
    };
    let bits = |op: &dyn Fn(usize) -> Op| each(&BITS, op);
    let bytes = |function| each(&BYTES, &|len| Op::Hash(function, len));
    let hash = |title, points| Plan {
        title,
        size: "bytes",
        theory: 1,
        fit_from: 8192.0,
        why: "A block takes its time, and blocks follow one another: n. Short messages pay for the padding, which is \
              up to a block more, and for the call; that's why only the upper half counts. \
              Over 1 is what no longer fits into the nearest caches.",
        points,
    };
    vec![
        Plan {
            title: "Power with a secret exponent, by size of the modulus",
            size: "bits",
            theory: 3,
            fit_from: 1024.0,
            why: "A product of two numbers by the schoolbook takes n², and a power about n of them: n³. Under that \
                  is what has work that grows more slowly: going into Montgomery form and out of it, carries and loops \
                  around each product, reading the table of powers. Such work weighs more in small numbers, and \
                  vectors and pipelines are filled better by large ones: most of all by eight digits at a time. \
                  Numbers of 512 bits have no vector code: there all engines are one. Karatsuba's products (in GMP, \
                  for long numbers) take n^1.58. Over 3 is what leaves its fast kernels or the nearest cache at \
                  large sizes.",
            points: bits(&Op::Pow),
        },
        Plan {
            title: "RSA, signing (PKCS#1 v1.5), by size of the modulus",
            size: "bits",
            theory: 3,
            fit_from: 1536.0,
            why: "Two powers of half the size: n³. Hash and padding take the same time at all sizes, blinding and \
                  the check with e grow as n², and small numbers fill vectors and pipelines less: exponents are under \
                  3, and nearer to it for engines without vectors. Up to 1024 bits the primes are too short for \
                  vectors, and all engines are one, so that larger keys can be the faster ones. Who has special code \
                  for some sizes goes in steps.",
            points: bits(&|bits| Op::Sign(Padding::Pkcs1v15, bits)),
        },
        Plan {
            title: "RSA, verification (PKCS#1 v1.5), by size of the modulus",
            size: "bits",
            theory: 2,
            fit_from: 1024.0,
            why: "With e = 65,537 it's 17 products at any size: n². The hash and the padding, and what surrounds each \
                  product, weigh most where products are quickest: exponents are under 2, and lowest for the fastest. \
                  Who has special code for some sizes goes in steps, and over 2 from one to the next.",
            points: bits(&|bits| Op::Verify(Padding::Pkcs1v15, bits)),
        },
        Plan {
            title: "RSA, key generation, by size of the modulus",
            size: "bits",
            theory: 4,
            fit_from: 1536.0,
            why: "One number in about n is a prime, and a test of Miller and Rabin takes n³: n⁴. Under that: powers of \
                  these sizes grow more slowly than n³ themselves (see above), larger candidates are sieved by more \
                  small primes, and take fewer bases for the same certainty. The search is luck, too: bars go from the \
                  first quartile of the keys to the third, points are means, and few keys make the exponent vary \
                  by some tenths from run to run.",
            // Smaller keys are no keys, and what they take is bases and sieves for sizes that nobody needs.
            points: each(&BITS[2..], &Op::Generate),
        },
        hash("SHA-256, by length of the message", bytes(Function::Sha256)),
        hash("SHA-512, by length of the message", bytes(Function::Sha512)),
        Plan {
            title: "A chain of certificates, by its length",
            size: "certificates below the root",
            theory: 1,
            fit_from: 1.0,
            why: "Each certificate is read, its names compared and its signature verified: n. Under that is what \
                  comes once in a chain: reading the server's name and finding it in the leaf. The faster the signature, the \
                  more of the time goes into names and extensions.",
            points: chains(),
        },
    ]
}

/// Chains with one to seven certificates below the root: webpki goes no further.
fn chains() -> Vec<Planned> {
    let families = [Family::Rsa2048, Family::P256, Family::Ed25519];
    let of = |family| {
        [1, 3, 5, 7].map(|size| Planned { size, op: Op::Chain(family, size + 1), curve: Some(family) })
    };
    families.into_iter().flat_map(of).collect()
}

impl Plan {
    /// Whether the choice of rows has one of its points.
    pub(crate) fn is_wanted(&self, choice: &Choice) -> bool {
        self.points.iter().any(|point| choice.wants(&point.op.to_string()))
    }

    /// The curves, from the rows of all points in their order.
    pub(crate) fn curves(&self, rows: &[Row]) -> Growth {
        let mut curves: Vec<Curve> = Vec::new();
        for (planned, row) in self.points.iter().zip(rows) {
            for cell in &row.cells {
                let name = match planned.curve {
                    None => cell.name.clone(),
                    Some(family) if cell.ours => family.to_string(),
                    Some(family) => format!("{family}, {}", cell.name),
                };
                let (seconds, quartiles) = (cell.figure.seconds, cell.figure.quartiles);
                let point = Point { size: planned.size as f64, seconds, quartiles };
                match curves.iter_mut().find(|curve| curve.name == name) {
                    Some(curve) => curve.points.push(point),
                    None => curves.push(Curve { name, ours: cell.ours, exponent: None, points: vec![point] }),
                }
            }
        }
        for curve in &mut curves {
            curve.exponent = exponent(&curve.points, self.fit_from);
        }
        curves.sort_by_key(|curve| !curve.ours);
        Growth {
            title: self.title.into(),
            size: self.size.into(),
            statistic: rows.first().map_or(Statistic::Median, |row| row.statistic),
            theory: self.theory,
            fit_from: self.fit_from,
            why: self.why.into(),
            curves,
        }
    }
}

/// The slope of the line that fits the logarithms best, by least squares, over the points from that size on; none for
/// fewer than two sizes.
fn exponent(points: &[Point], from: f64) -> Option<f64> {
    let logs: Vec<(f64, f64)> =
        points.iter().filter(|point| point.size >= from).map(|p| (p.size.ln(), p.seconds.ln())).collect();
    let n = logs.len() as f64;
    let (x, y) = (logs.iter().map(|p| p.0).sum::<f64>() / n, logs.iter().map(|p| p.1).sum::<f64>() / n);
    let covariance: f64 = logs.iter().map(|p| (p.0 - x) * (p.1 - y)).sum();
    let variance: f64 = logs.iter().map(|p| (p.0 - x).powi(2)).sum();
    (variance > 0.0).then(|| covariance / variance)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::tests::row;

    fn points(sizes: &[f64], seconds: impl Fn(f64) -> f64) -> Vec<Point> {
        sizes.iter().map(|&size| Point { size, seconds: seconds(size), quartiles: [0.0, 1.0] }).collect()
    }

    #[test]
    fn the_exponent_of_a_power_is_found() {
        let sizes = [512.0, 1024.0, 2048.0, 4096.0];
        for theory in [1, 2, 3, 4] {
            let found = exponent(&points(&sizes, |n| 1e-9 * n.powi(theory)), 0.0).unwrap();
            assert!((found - f64::from(theory)).abs() < 1e-12, "{found}");
        }
        // Fixed costs make it less, and least over the small sizes.
        let with_costs = points(&sizes, |n| 1.0 + 1e-9 * n.powi(3));
        let (all, upper) = (exponent(&with_costs, 0.0).unwrap(), exponent(&with_costs, 2000.0).unwrap());
        assert!(all < upper && upper < 3.0, "{all} {upper}");
        // By hand: (0, 0), (1, 1), (2, 0), (3, 3) has the slope 4/5.
        let e = std::f64::consts::E;
        let odd = [(1.0, 1.0), (e, e), (e * e, 1.0), (e.powi(3), e.powi(3))];
        let odd = odd.map(|(size, seconds)| Point { size, seconds, quartiles: [0.0, 1.0] });
        assert!((exponent(&odd, 0.0).unwrap() - 0.8).abs() < 1e-12);
    }

    #[test]
    fn one_size_has_no_exponent() {
        assert_eq!(exponent(&points(&[], |n| n), 0.0), None);
        assert_eq!(exponent(&points(&[7.0, 7.0], |n| n), 0.0), None);
        assert_eq!(exponent(&points(&[7.0, 9.0], |n| n), 8.0), None);
    }

    #[test]
    fn every_contestant_has_a_curve_of_its_points() {
        let plans = plans();
        let powers = plans.iter().find(|plan| plan.title.starts_with("Power")).unwrap();
        let rows = powers.points.iter().map(|point| {
            let seconds = 1e-12 * (point.size as f64).powi(3);
            let both = [("rsa", false, 2.0 * seconds, 0.0), ("ifma", true, seconds, 0.0)];
            // The peer hasn't the small ones.
            row(&point.op.to_string(), &both[usize::from(point.size < 1024)..])
        });
        let growth = powers.curves(&rows.collect::<Vec<_>>());
        let names: Vec<_> = growth.curves.iter().map(|c| (c.name.as_str(), c.ours, c.points.len())).collect();
        assert_eq!(names, [("ifma", true, 7), ("rsa", false, 5)]);
        for curve in &growth.curves {
            assert!((curve.exponent.unwrap() - 3.0).abs() < 1e-12);
        }
        // Families are curves of their own.
        let chains = plans.last().unwrap();
        let rows = chains.points.iter().map(|p| row(&p.op.to_string(), &[("oneway", true, 1.0, 0.0)]));
        let growth = chains.curves(&rows.collect::<Vec<_>>());
        let names: Vec<_> = growth.curves.iter().map(|c| (c.name.as_str(), c.points.len())).collect();
        assert_eq!(names, [("rsa-2048", 4), ("p256", 4), ("ed25519", 4)]);
    }
}
