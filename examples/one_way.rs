//! How fast two primes are multiplied, and how the time to undo it explodes.
//!
//! ```text
//! cargo run --release --example one_way -- --seconds 20 --svg one_way.svg
//! ```
//!
//! Products of two random primes of equal length are factored by Pollard's rho method in Brent's variant,
//! on numbers that grow by 8 bits from row to row, until the time is used up. Rho walks y ↦ y² + c mod n
//! until two values agree modulo p, which takes about √p = 2^(bits/4) steps: with 8 bits more, four times
//! as many.
//!
//! The walk is in Montgomery form on one machine word up to 64 bits, on two up to 128, and so on, without
//! the care for secrets that the library takes (there are none here): rho as fast as plain Rust makes it.
//! Multiplication is the library's `Nat::mul`.
//!
//! Sources: Brent, "An improved Monte Carlo factorization algorithm", BIT 20 (1980); RSA-250: Boudot,
//! Gaudry, Guillevic, Heninger, Thomé, Zimmermann, "Comparing the difficulty of factorization and discrete
//! logarithm", CRYPTO 2020, last page.

#![allow(clippy::cast_precision_loss, clippy::cast_sign_loss, clippy::precedence)]

mod common;

use std::fmt::Write as _;
use std::hint::black_box;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use oneway::bignum::{Nat, PublicNat};
use oneway::prime::random_prime;

use common::{Arguments, Stop, run};

const USAGE: &str = "\
usage: one_way [--seconds N] [--svg FILE]

  --seconds N  how long to go on, about (default 20)
  --svg FILE   draw the table as a picture too
  --help       this text";

const OPENING: &str = "\
Two primes are multiplied; then only the product n is looked at and the
primes are searched for. Multiplying stays quick, however long the numbers
get. Searching takes about four times as long with every 8 bits. This gap is
what RSA lives on: it is a one-way function.

The search is Pollard's rho method (Brent's variant), on machine words: one
up to 64 bits, two from 72 bits on, where it shows. Each time is the median
of several random n, and luck has a large part in each of them.
";

/// The largest n that this program's arithmetic takes, in machine words: nobody waits that long.
const MAX_WORDS: usize = 4;

fn main() -> ExitCode {
    run(USAGE, |out| {
        let (seconds, svg) = read_arguments()?;
        tell(out, seconds, svg.as_deref())
    })
}

/// The seconds to use, and the file to draw to.
fn read_arguments() -> Result<(u64, Option<PathBuf>), Stop> {
    let (mut seconds, mut svg) = (20, None);
    let mut arguments = Arguments::new();
    while let Some(argument) = arguments.take()? {
        match argument.option() {
            Some("--seconds") => {
                let what = "a whole number, at least 1";
                let text = arguments.value(&argument, what)?;
                let number = text.to_str().and_then(|text| text.parse().ok());
                let allowed = number.filter(|n| (1..=1_000_000).contains(n));
                seconds = allowed.ok_or_else(|| Stop::Usage(format!("--seconds needs {what}")))?;
            }
            Some("--svg") => svg = Some(arguments.value(&argument, "a file name")?.into()),
            _ => return Err(argument.unknown()),
        }
    }
    Ok((seconds, svg))
}

/// A row of the table; times in seconds.
struct Row {
    bits: usize,
    multiply: f64,
    factor: f64,
}

fn tell(out: &mut impl Write, seconds: u64, svg: Option<&Path>) -> Result<(), Stop> {
    writeln!(out, "{OPENING}")?;
    writeln!(out, " bits of n   multiply       factor   times the row before\n {}", "-".repeat(52))?;
    let (rows, ended) = table(out, Duration::from_secs(seconds))?;
    writeln!(out, "\nNo further: {ended}.\n")?;
    conclude(out, &rows)?;
    if let Some(path) = svg {
        std::fs::write(path, draw(&rows)).map_err(|e| Stop::file(path, e))?;
        writeln!(out, "The picture is in {}.\n", path.display())?;
    }
    Ok(common::next(out, "limbs", "--example trapdoor -- \"a message\"")?)
}

/// How many rows there are however little time there is; they take a fraction of a second.
const MIN_ROWS: usize = 3;

/// Measures and prints rows until the next one would take longer than what's left of the time; and why it
/// ended.
fn table(out: &mut impl Write, budget: Duration) -> io::Result<(Vec<Row>, &'static str)> {
    let start = Instant::now();
    let mut rows: Vec<Row> = Vec::new();
    for bits in (32..=64 * MAX_WORDS).step_by(8) {
        let left = budget.saturating_sub(start.elapsed()).as_secs_f64();
        let expected = rows.last().map_or(0.0, |row| 4.0 * row.factor);
        if rows.len() >= MIN_ROWS && 3.0 * expected > left {
            return Ok((rows, "the next row would take longer than the time that's left"));
        }
        let samples = if expected == 0.0 { 101.0 } else { (left / 5.0 / expected).clamp(3.0, 101.0) };
        let mut row = measure(bits, samples as usize);
        let ratio = rows.last().map_or(String::new(), |before| format!("{:.1}", row.factor / before.factor));
        let line = format!(" {bits:>9}   {:>8}   {:>10}   {ratio:>20}", time(row.multiply), time(row.factor));
        writeln!(out, "{}", line.trim_end())?;
        out.flush()?;
        row.bits = bits;
        rows.push(row);
    }
    Ok((rows, "this program's arithmetic ends here"))
}

/// Medians over random n of `bits` bits.
fn measure(bits: usize, samples: usize) -> Row {
    let (mut multiply, mut factor) = (Vec::new(), Vec::new());
    for _ in 0..samples {
        let (p, q, n) = product(bits);
        multiply.push(time_to_multiply(&p, &q));
        let start = Instant::now();
        let found = find_factor(&n);
        factor.push(start.elapsed().as_secs_f64());
        let (p, q) = (p.declassify(), q.declassify());
        assert!(found == p || found == q, "{found} is no factor of {n}");
    }
    Row { bits, multiply: median(multiply), factor: median(factor) }
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// Two different random primes of equal length whose product has exactly `bits` bits.
fn product(bits: usize) -> (Nat, Nat, PublicNat) {
    let prime = || random_prime(bits / 2).expect("the operating system's generator");
    loop {
        let (p, q) = (prime(), prime());
        let n = p.mul(&q).declassify();
        if n.bits() == bits && p.declassify() != q.declassify() {
            return (p, q, n);
        }
    }
}

/// Seconds for one p · q: the best of some runs of a thousand, so that the clock and other programs don't
/// count.
fn time_to_multiply(p: &Nat, q: &Nat) -> f64 {
    let run = || {
        let start = Instant::now();
        for _ in 0..1000 {
            black_box(black_box(p).mul(black_box(q)));
        }
        start.elapsed().as_secs_f64() / 1000.0
    };
    (0..5).map(|_| run()).fold(f64::INFINITY, f64::min)
}

/// What the table says about real keys.
fn conclude(out: &mut impl Write, rows: &[Row]) -> io::Result<()> {
    const SECONDS_IN_A_YEAR: f64 = 31_557_600.0;
    let (p, q, _) = product(2048);
    let multiply = time(time_to_multiply(&p, &q));
    let last = rows.last().expect("the first row is always measured");
    // 2^(bits/4) steps; the powers of ten are added as logarithms, the numbers themselves don't fit.
    let doublings = (2048 - last.bits) as f64 / 4.0;
    let years = (last.factor / SECONDS_IN_A_YEAR).log10() + doublings * 2f64.log10();
    // From 829 bits and 2700 years by the growth law of the number field sieve.
    let sieve = 2700f64.log10() + (number_field_sieve(2048.0) - number_field_sieve(829.0)) / 10f64.ln();
    writeln!(
        out,
        "A key in use today has 2048 bits or more. Multiplying its primes takes
{multiply} here. Undoing that by this method would take about 10^{years:.0} years:
that's the last row, doubled for every 4 bits more. The universe is about
10^10 years old.

That isn't the best method, though. The best one known for long numbers is
the number field sieve. RSA-250, a number of 829 bits, was factored with it
in 2020 in about 2700 core-years (years of one processor core; Boudot and
others, CRYPTO 2020). Its growth is slower than here, but carried on to 2048
bits it gives some 10^{sieve:.0} core-years: a rough estimate, as the law that it
follows leaves small terms out. Nobody has proved that no faster method
exists, and a large quantum computer, if it is ever built, would be one.
"
    )
}

/// ln L(n) = (64/9)^(1/3) · (ln n)^(1/3) · (ln ln n)^(2/3), the number field sieve's growth but for o(1).
fn number_field_sieve(bits: f64) -> f64 {
    let ln_n = bits * std::f64::consts::LN_2;
    (64.0f64 / 9.0).cbrt() * ln_n.cbrt() * ln_n.ln().powf(2.0 / 3.0)
}

/// Seconds in a unit that suits, with three digits.
fn time(seconds: f64) -> String {
    let (value, unit) = match seconds {
        s if s < 0.999_5e-6 => (s * 1e9, "ns"),
        s if s < 0.999_5e-3 => (s * 1e6, "µs"),
        s if s < 0.999_5 => (s * 1e3, "ms"),
        s => (s, "s"),
    };
    let digits = if value < 9.995 { 2 } else { usize::from(value < 99.95) };
    format!("{value:.digits$} {unit}")
}

// Factoring.

/// A factor of n, a product of two different odd primes.
fn find_factor(n: &PublicNat) -> PublicNat {
    match n.bits().div_ceil(64) {
        1 => Rho::<1>::new(n).find(),
        2 => Rho::<2>::new(n).find(),
        3 => Rho::<3>::new(n).find(),
        _ => Rho::<MAX_WORDS>::new(n).find(),
    }
}

/// A number of N words, least significant first.
type Words<const N: usize> = [u64; N];

/// Pollard's rho modulo an odd n of N words.
struct Rho<const N: usize> {
    n: Words<N>,
    /// −n⁻¹ mod 2^64.
    n0_inv: u64,
}

impl<const N: usize> Rho<N> {
    fn new(n: &PublicNat) -> Self {
        let bytes = n.to_be_bytes();
        let mut words = [0; N];
        for (word, chunk) in words.iter_mut().zip(bytes.rchunks(8)) {
            *word = chunk.iter().fold(0, |word, byte| word << 8 | u64::from(*byte));
        }
        // Newton's iteration doubles the bits that are right, from the 3 of n itself.
        let inverse =
            (0..5).fold(words[0], |x, _| x.wrapping_mul(2u64.wrapping_sub(words[0].wrapping_mul(x))));
        Self { n: words, n0_inv: inverse.wrapping_neg() }
    }

    /// Tries one walk after the other: hardly ever does one find both primes at the same step.
    fn find(&self) -> PublicNat {
        let factor = (1..).find_map(|c| self.walk(c)).expect("one of 2^64 walks");
        let bytes: Vec<u8> = factor.iter().rev().flat_map(|word| word.to_be_bytes()).collect();
        Nat::from_be_bytes(&bytes).expect("not too wide").declassify()
    }

    /// Brent's cycle finding: y walks on from x for 1, 2, 4, 8, … steps, then for as many again in which it's
    /// compared with x; then x is set to y. Up to 128 differences are multiplied for one gcd.
    fn walk(&self, c: u64) -> Option<Words<N>> {
        const BATCH: u64 = 128;
        let constant = small(c);
        let (mut y, mut differences) = (small(2), small(1));
        for power in 0.. {
            let x = y;
            // Distances up to this one were seen from the last x.
            for _ in 0..1u64 << power {
                y = self.next(&y, &constant);
            }
            let mut left = 1u64 << power;
            while left > 0 {
                let start = y;
                for _ in 0..left.min(BATCH) {
                    y = self.next(&y, &constant);
                    differences = self.mul(&differences, &self.sub(&x, &y));
                }
                match self.gcd(differences) {
                    divisor if divisor == small(1) => left -= left.min(BATCH),
                    divisor if divisor != self.n => return Some(divisor),
                    _ => return self.retrace(&x, start, &constant),
                }
            }
        }
        None
    }

    /// A batch in which both primes turned up, once more step by step.
    fn retrace(&self, x: &Words<N>, mut y: Words<N>, constant: &Words<N>) -> Option<Words<N>> {
        loop {
            y = self.next(&y, constant);
            let divisor = self.gcd(self.sub(x, &y));
            if divisor != small(1) {
                return (divisor != self.n).then_some(divisor);
            }
        }
    }

    /// y² · 2^(−64 N) + c mod n: the walk y² + c of Pollard, in other units.
    #[inline]
    fn next(&self, y: &Words<N>, constant: &Words<N>) -> Words<N> {
        let square = self.mul(y, y);
        // square + c = square − (n − c), without a carry.
        let (negative, _) = subtract(&self.n, constant);
        self.sub(&square, &negative)
    }

    /// x · y · 2^(−64 N) mod n: Montgomery's product, for x, y < n.
    #[inline]
    fn mul(&self, x: &Words<N>, y: &Words<N>) -> Words<N> {
        let (mut t, mut top) = ([0; N], 0u64);
        for i in 0..N {
            // t + x · y[i] < 2^(64 N + 65): N words, one word `high` and one bit.
            let mut carry = 0;
            for j in 0..N {
                (t[j], carry) = x[j].carrying_mul_add(y[i], t[j], carry);
            }
            let (high, over) = top.overflowing_add(carry);
            // A multiple of n makes the lowest word zero, and everything moves down by one.
            let k = t[0].wrapping_mul(self.n0_inv);
            let (_, mut carry) = k.carrying_mul_add(self.n[0], t[0], 0);
            for j in 1..N {
                (t[j - 1], carry) = k.carrying_mul_add(self.n[j], t[j], carry);
            }
            let (word, over_again) = high.overflowing_add(carry);
            t[N - 1] = word;
            top = u64::from(over) + u64::from(over_again);
        }
        let (reduced, borrow) = subtract(&t, &self.n);
        // By masks: which of both it is changes at random, and a processor that guesses wrong loses more
        // time than the choice takes.
        let keep = u64::from(borrow && top == 0).wrapping_neg();
        std::array::from_fn(|i| t[i] & keep | reduced[i] & !keep)
    }

    /// x − y mod n for x, y < n.
    #[inline]
    fn sub(&self, x: &Words<N>, y: &Words<N>) -> Words<N> {
        let (mut z, borrow) = subtract(x, y);
        let mut carry = false;
        let mask = u64::from(borrow).wrapping_neg();
        for i in 0..N {
            (z[i], carry) = z[i].carrying_add(self.n[i] & mask, carry);
        }
        z
    }

    /// gcd(x, n) by halving and subtracting: n is odd, so halving loses nothing.
    fn gcd(&self, mut x: Words<N>) -> Words<N> {
        let mut y = self.n;
        while x != [0; N] {
            while x[0] & 1 == 0 {
                halve(&mut x);
            }
            let (difference, borrow) = subtract(&x, &y);
            (x, y) = if borrow { (subtract(&y, &x).0, x) } else { (difference, y) };
        }
        y
    }
}

fn small<const N: usize>(x: u64) -> Words<N> {
    let mut words = [0; N];
    words[0] = x;
    words
}

/// x − y modulo 2^(64 N), and whether x < y.
#[inline]
fn subtract<const N: usize>(x: &Words<N>, y: &Words<N>) -> (Words<N>, bool) {
    let (mut z, mut borrow) = (*x, false);
    for i in 0..N {
        (z[i], borrow) = x[i].borrowing_sub(y[i], borrow);
    }
    (z, borrow)
}

/// x / 2, by as many zero bits as the lowest word shows at once.
fn halve<const N: usize>(x: &mut Words<N>) {
    let shift = x[0].trailing_zeros().min(63);
    for i in 0..N {
        let above = if i + 1 < N { x[i + 1] } else { 0 };
        x[i] = (u128::from(above) << 64 | u128::from(x[i])).wrapping_shr(shift) as u64;
    }
}

// The picture.

/// The edges of the plot's area in the picture, in its pixels: left, right, top, bottom.
const AREA: (f64, f64, f64, f64) = (96.0, 570.0, 64.0, 400.0);

/// The table as SVG: bits to the right, the time upwards, each line ten times the one below.
fn draw(rows: &[Row]) -> String {
    let (left, right, top, bottom) = AREA;
    let exponent = |time: f64| time.log10().floor() as i32;
    let lowest = rows.iter().map(|row| exponent(row.multiply.min(row.factor))).min().unwrap_or(0);
    let highest = rows.iter().map(|row| exponent(row.factor)).max().unwrap_or(0) + 1;
    let (first, last) = (32, rows.last().map_or(40, |row| row.bits).max(40));
    let x = |bits: usize| left + (right - left) * (bits - first) as f64 / (last - first) as f64;
    let y = |log: f64| bottom - (bottom - top) * (log - f64::from(lowest)) / f64::from(highest - lowest);
    let mut svg = String::from(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720 460" font-family="sans-serif" font-size="13" fill="#333">
<rect width="720" height="460" fill="#fff"/>
<text x="96" y="32" font-size="17">Multiplying two primes, and finding them again</text>
"##,
    );
    let mut put = |line: String| writeln!(svg, "{line}").expect("a string takes all");
    for log in lowest..=highest {
        let (at, label) = (y(f64::from(log)), decade(log));
        put(format!(r##"<line x1="{left}" y1="{at:.1}" x2="{right}" y2="{at:.1}" stroke="#ddd"/>"##));
        put(format!(r#"<text x="{}" y="{:.1}" text-anchor="end">{label}</text>"#, left - 8.0, at + 4.5));
    }
    for bits in (first..=last).step_by(8) {
        let at = x(bits);
        put(format!(
            r##"<line x1="{at:.1}" y1="{bottom}" x2="{at:.1}" y2="{}" stroke="#333"/>"##,
            bottom + 5.0
        ));
        put(format!(r#"<text x="{at:.1}" y="{}" text-anchor="middle">{bits}</text>"#, bottom + 21.0));
    }
    put(format!(r##"<path d="M{left} {top}V{bottom}H{right}" fill="none" stroke="#333"/>"##));
    let middle = f64::midpoint(left, right);
    put(format!(
        r#"<text x="{middle}" y="446" text-anchor="middle">length of the product n, in bits</text>"#
    ));
    let middle = f64::midpoint(top, bottom);
    put(format!(
        r#"<text x="20" y="{middle}" text-anchor="middle" transform="rotate(-90 20 {middle})">time (each line: ten times the one below)</text>"#
    ));
    let finding = ("finding them (rho)", "#b3261e", rows.iter().map(|row| row.factor).collect::<Vec<_>>());
    let multiplying = ("multiplying", "#1a5fb4", rows.iter().map(|row| row.multiply).collect());
    for (label, color, times) in [finding, multiplying] {
        let points: Vec<_> =
            rows.iter().zip(times).map(|(row, time)| (x(row.bits), y(time.log10()))).collect();
        let list: Vec<String> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        put(format!(
            r#"<polyline points="{}" fill="none" stroke="{color}" stroke-width="2"/>"#,
            list.join(" ")
        ));
        for (x, y) in &points {
            put(format!(r#"<circle cx="{x:.1}" cy="{y:.1}" r="3.5" fill="{color}"/>"#));
        }
        if let Some((x, y)) = points.last() {
            put(format!(r#"<text x="{:.1}" y="{:.1}" fill="{color}">{label}</text>"#, x + 10.0, y + 4.5));
        }
    }
    svg + "</svg>\n"
}

/// 10^exponent seconds, as a label.
fn decade(exponent: i32) -> String {
    let units = [(0, "s"), (-3, "ms"), (-6, "µs"), (-9, "ns"), (-12, "ps")];
    let (base, unit) = units.into_iter().find(|(base, _)| exponent >= *base).unwrap_or((-12, "ps"));
    format!("{} {unit}", 10f64.powi(exponent - base))
}
