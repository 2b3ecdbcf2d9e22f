//! Charts as SVG, by plotters.
//!
//! plotters knows colours as numbers, and a page that's light or dark by the reader's choice has them as variables of its
//! style sheet. So each is drawn in a placeholder, a colour that nothing else has, and the text of the SVG gets `var(--name)`
//! for it. Texts are in the reader's fonts, whose widths nobody knows here: nothing is laid out by them, and each text
//! has a line, or a margin, of its own.

use plotters::coord::Shift;
use plotters::coord::combinators::{BindKeyPoints as _, IntoLogRange as _};
use plotters::element::Cross;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::growth::{Curve, Growth, Point};
use crate::results::{Row, Statistic};
use crate::table::{per_second, time};

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Drawn = Result<(), DrawingAreaErrorKind<std::io::Error>>;

/// The placeholders, and the variables in their place.
const INK: RGBColor = RGBColor(1, 0, 1);
const GRID: RGBColor = RGBColor(2, 0, 1);
const THEORY: RGBColor = RGBColor(3, 0, 1);
/// Our fastest engine, the others, the best peer, and the other peers.
const OURS: RGBColor = RGBColor(4, 0, 1);
const ALSO_OURS: RGBColor = RGBColor(5, 0, 1);
const BEST_PEER: RGBColor = RGBColor(6, 0, 1);
const PEER: RGBColor = RGBColor(7, 0, 1);
const NAMES: [(RGBColor, &str); 7] = [
    (INK, "ink"),
    (GRID, "grid"),
    (THEORY, "theory"),
    (OURS, "ours"),
    (ALSO_OURS, "also-ours"),
    (BEST_PEER, "best-peer"),
    (PEER, "peer"),
];
/// How many colours there are for curves, `--curve-0` and so on: the first three are ours.
pub(crate) const CURVES: usize = 9;

fn curve_color(index: usize) -> RGBColor {
    RGBColor(100 + index as u8, 0, 1)
}

/// Variables in place of the placeholders.
fn with_variables(svg: &str) -> String {
    let curves = (0..CURVES).map(|i| (curve_color(i), format!("curve-{i}")));
    let names = NAMES.map(|(color, name)| (color, name.to_owned()));
    names.into_iter().chain(curves).fold(svg.to_owned(), |svg, (RGBColor(r, g, b), name)| {
        svg.replace(&format!("\"#{r:02X}{g:02X}{b:02X}\""), &format!("\"var(--{name})\""))
    })
}

/// An SVG of that size.
fn svg((width, height): (u32, u32), draw: impl FnOnce(&Area<'_>) -> Drawn) -> String {
    let mut text = String::new();
    {
        let area = SVGBackend::with_string(&mut text, (width, height)).into_drawing_area();
        draw(&area).and_then(|()| area.present()).expect("into memory");
    }
    with_variables(&text)
}

/// A style of text of so many pixels, which plotters makes 1.24 times smaller.
fn font(pixels: f64, bold: bool, horizontal: HPos, vertical: VPos) -> TextStyle<'static> {
    let style = if bold { FontStyle::Bold } else { FontStyle::Normal };
    let font = FontDesc::new(FontFamily::SansSerif, 1.24 * pixels, style);
    TextStyle::from(font).color(&INK).pos(Pos::new(horizontal, vertical))
}

const BARS_WIDTH: i32 = 360;
const BAR_HEIGHT: i32 = 36;

/// A row as bars, the fastest first. Each has a line of text above it: the name on the left, the time and the ratio to
/// the best peer on the right.
pub(crate) fn bars(row: &Row) -> String {
    let mut cells: Vec<_> = row.cells.iter().collect();
    cells.sort_by(|a, b| a.figure.seconds.total_cmp(&b.figure.seconds));
    let is_mean = row.statistic == Statistic::Mean;
    // Quartiles are drawn where they say something about the work and not about the clock.
    let longest = |seconds: f64, quartile: f64| if is_mean { seconds.max(quartile) } else { seconds };
    let longest = cells
        .iter()
        .map(|c| longest(c.figure.seconds, c.figure.quartiles[1]))
        .fold(f64::MIN_POSITIVE, f64::max);
    let x = |seconds: f64| (seconds / longest * f64::from(BARS_WIDTH - 2)).round() as i32;
    let best = row.best_peer().map(|cell| cell.name.as_str());
    let best_of_ours = row.best_of_ours().map(|cell| cell.name.as_str());
    let size = (BARS_WIDTH as u32, BAR_HEIGHT as u32 * cells.len() as u32);
    svg(size, |area| {
        for (i, cell) in cells.iter().enumerate() {
            let (top, figure) = (i as i32 * BAR_HEIGHT, &cell.figure);
            let name = Some(cell.name.as_str());
            let (color, is_best) = match cell.ours {
                true if name == best_of_ours => (OURS, true),
                true => (ALSO_OURS, false),
                false if name == best => (BEST_PEER, true),
                false => (PEER, false),
            };
            let value = time(figure.seconds, figure.standard_error);
            let mark = if figure.calm { "" } else { "~" };
            let rate = row.rate.as_ref().map(|rate| format!(" ({})", per_second(rate, figure.seconds)));
            let ratio = cell.ratio_to_best_peer.map(|ratio| format!(" · {ratio:.2}×"));
            let value = format!("{value}{mark}{}{}", rate.unwrap_or_default(), ratio.unwrap_or_default());
            let name = format!("{}{}", cell.name, if cell.vartime { " †" } else { "" });
            area.draw(&Text::new(name, (0, top + 15), font(13.0, is_best, HPos::Left, VPos::Bottom)))?;
            let right = (BARS_WIDTH - 1, top + 15);
            area.draw(&Text::new(value, right, font(13.0, is_best, HPos::Right, VPos::Bottom)))?;
            let bar = [(0, top + 18), (x(figure.seconds).max(1), top + 29)];
            area.draw(&Rectangle::new(bar, color.filled()))?;
            if is_mean {
                let [from, to] = figure.quartiles.map(x);
                for line in [[(from, 23), (to, 23)], [(from, 20), (from, 26)], [(to, 20), (to, 26)]] {
                    let line = line.map(|(x, y)| (x, top + y));
                    area.draw(&PathElement::new(line, INK.stroke_width(1)))?;
                }
            }
        }
        Ok(())
    })
}

/// How a curve looks: our lines are thicker, and everyone's points have a shape besides their colour.
#[derive(Clone, Copy)]
struct Look {
    color: RGBColor,
    shape: usize,
    width: u32,
}

/// The looks of all curves, in their order.
fn looks(growth: &Growth) -> Vec<Look> {
    let (mut ours, mut theirs) = (0..3, 0..);
    let look = |curve: &Curve| {
        if let Some(i) = curve.ours.then(|| ours.next()).flatten() {
            return Look { color: curve_color(i), shape: 0, width: 3 };
        }
        let i: usize = theirs.next().unwrap_or_default();
        Look { color: curve_color(3 + i % (CURVES - 3)), shape: 1 + i % 3, width: 1 }
    };
    growth.curves.iter().map(look).collect()
}

impl Look {
    /// Draws a point of that shape, in pixels.
    fn draw(self, area: &Area<'_>, (x, y): (i32, i32)) -> Drawn {
        let (filled, line) = (self.color.filled(), self.color.stroke_width(2));
        match self.shape {
            0 => area.draw(&Circle::new((x, y), 5, filled)),
            1 => area.draw(&Rectangle::new([(x - 4, y - 4), (x + 4, y + 4)], filled)),
            2 => area.draw(&TriangleMarker::new((x, y), 6, filled)),
            _ => area.draw(&Cross::new((x, y), 4, line)),
        }
    }
}

/// What curves look like in the chart, for its legend.
pub(crate) fn legend(growth: &Growth) -> Vec<String> {
    let line = |look: Look| {
        svg((34, 14), |area| {
            area.draw(&PathElement::new([(1, 7), (33, 7)], look.color.stroke_width(look.width)))?;
            look.draw(area, (17, 7))
        })
    };
    looks(growth).into_iter().map(line).collect()
}

/// What theory's line looks like.
pub(crate) fn theory_legend() -> String {
    svg((34, 14), |area| area.draw(&PathElement::new([(1, 7), (33, 7)], THEORY.stroke_width(2))))
}

const GROWTH_SIZE: (u32, u32) = (480, 360);

/// Curves on logarithmic axes: a power is a straight line. The dashed line has theory's slope, and goes through the
/// last point of our fastest.
pub(crate) fn curves(growth: &Growth) -> String {
    let points = || growth.curves.iter().flat_map(|curve| &curve.points);
    let is_mean = growth.statistic == Statistic::Mean;
    let spread = |p: &Point| if is_mean { p.quartiles } else { [p.seconds; 2] };
    let mut sizes: Vec<f64> = points().map(|point| point.size).collect();
    sizes.sort_by(f64::total_cmp);
    sizes.dedup();
    let (Some(&first), Some(&last)) = (sizes.first(), sizes.last()) else { return String::new() };
    let low = points().map(|p| p.seconds.min(spread(p)[0])).fold(f64::INFINITY, f64::min) / 1.4;
    let high = points().map(|p| p.seconds.max(spread(p)[1])).fold(0.0, f64::max) * 1.4;
    let margin = (last / first).powf(0.05).max(1.01);
    svg(GROWTH_SIZE, |area| {
        let mut builder = ChartBuilder::on(area);
        builder.margin_top(8).margin_right(14).x_label_area_size(46).y_label_area_size(66);
        let x_axis = (first / margin..last * margin).log_scale().with_key_points(sizes.clone());
        let y_axis = (low..high).log_scale().with_key_points(ticks(low, high));
        let mut chart = builder.build_cartesian_2d(x_axis, y_axis)?;
        chart
            .configure_mesh()
            .axis_style(INK)
            .bold_line_style(GRID)
            .light_line_style(GRID)
            .label_style(font(13.0, false, HPos::Left, VPos::Top))
            .x_label_formatter(&|size| size_label(*size, &growth.size))
            .y_label_formatter(&|seconds| tick_label(*seconds))
            .draw()?;
        let middle = (i32::midpoint(66, GROWTH_SIZE.0 as i32), GROWTH_SIZE.1 as i32 - 6);
        area.draw(&Text::new(growth.size.clone(), middle, font(13.0, false, HPos::Center, VPos::Bottom)))?;
        if let Some(line) = theory_line(growth, low) {
            chart.draw_series([PathElement::new(line, THEORY.stroke_width(2))])?;
        }
        // Ours last, so that they're on top.
        for (curve, look) in growth.curves.iter().zip(looks(growth)).rev() {
            let line = || curve.points.iter().map(|point| (point.size, point.seconds));
            chart.draw_series(LineSeries::new(line(), look.color.stroke_width(look.width)))?;
            if is_mean {
                let bars = curve.points.iter().map(|p| p.quartiles.map(|seconds| (p.size, seconds)));
                chart.draw_series(bars.map(|bar| PathElement::new(bar, look.color.stroke_width(2))))?;
            }
            for point in line() {
                look.draw(area, chart.backend_coord(&point))?;
            }
        }
        Ok(())
    })
}

/// The line of theory's exponent over the sizes that count, as far as it's within the chart.
fn theory_line(growth: &Growth, low: f64) -> Option<Vec<(f64, f64)>> {
    let ours = growth.curves.iter().filter(|curve| curve.ours).filter_map(|curve| curve.points.last());
    let end = ours.min_by(|a, b| a.seconds.total_cmp(&b.seconds))?;
    let theory = f64::from(growth.theory);
    let from = growth.fit_from.max(end.size * (low / end.seconds).powf(1.0 / theory));
    let start = (from, end.seconds * (from / end.size).powf(theory));
    (from < end.size).then(|| vec![start, (end.size, end.seconds)])
}

/// Times for the axis: 1, 10, 100 of each unit; with 2 and 5 between them if there are few.
fn ticks(low: f64, high: f64) -> Vec<f64> {
    let all = |steps: &[f64]| {
        let decades = (-10..5).map(|exponent| 10f64.powi(exponent));
        let all = decades.flat_map(|decade| steps.iter().map(move |step| step * decade));
        all.filter(|tick| (low..=high).contains(tick)).collect::<Vec<_>>()
    };
    let decades = all(&[1.0]);
    if decades.len() > 3 { decades } else { all(&[1.0, 2.0, 5.0]) }
}

fn tick_label(seconds: f64) -> String {
    let (scale, unit) = match seconds {
        s if s < 0.99e-6 => (1e9, "ns"),
        s if s < 0.99e-3 => (1e6, "µs"),
        s if s < 0.99 => (1e3, "ms"),
        _ => (1.0, "s"),
    };
    format!("{:.0} {unit}", seconds * scale)
}

/// A size on the axis; bytes in the units of their powers of two.
fn size_label(size: f64, unit: &str) -> String {
    match (unit, size) {
        ("bytes", s) if s >= 1_048_576.0 => format!("{} MiB", s / 1_048_576.0),
        ("bytes", s) if s >= 1024.0 => format!("{} KiB", s / 1024.0),
        _ => format!("{size}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::growth;
    use crate::results::tests::row;

    /// What's in the quotes after each `name=`.
    fn attributes<'a>(svg: &'a str, name: &str) -> Vec<&'a str> {
        let start = format!(" {name}=\"");
        svg.split(&start).skip(1).map(|rest| rest.split_once('"').unwrap().0).collect()
    }

    fn assert_has_no_colour_of_its_own(svg: &str) {
        for attribute in ["fill", "stroke"] {
            for value in attributes(svg, attribute) {
                assert!(value == "none" || value.starts_with("var(--"), "{attribute}={value:?}");
            }
        }
    }

    #[test]
    fn placeholders_become_variables() {
        let svg = with_variables(r##"<a fill="#010001" stroke="#640001"/><b fill="#123456">#010001</b>"##);
        assert_eq!(svg, r##"<a fill="var(--ink)" stroke="var(--curve-0)"/><b fill="#123456">#010001</b>"##);
        let mut colors: Vec<RGBColor> = NAMES.map(|(color, _)| color).into();
        colors.extend((0..CURVES).map(curve_color));
        for (i, color) in colors.iter().enumerate() {
            assert!(!colors[..i].contains(color), "{color:?} has two meanings");
        }
    }

    #[test]
    fn bars_are_as_long_as_their_times() {
        let row = row("pow 512", &[("rsa", false, 4e-3, 1e-5), ("ifma", true, 1e-3, 1e-5)]);
        let svg = bars(&row);
        assert_has_no_colour_of_its_own(&svg);
        // The first width is the picture's.
        let widths: Vec<f64> = attributes(&svg, "width")[1..].iter().map(|w| w.parse().unwrap()).collect();
        assert_eq!(widths.len(), 2);
        assert!((widths[1] / widths[0] - 4.0).abs() < 0.1, "{widths:?}");
        assert!(svg.contains("ifma") && svg.contains("1.00 ms · 0.25×"), "{svg}");
    }

    #[test]
    fn curves_have_lines_points_and_whole_labels() {
        let plans = growth::plans();
        let hashes = plans.iter().find(|plan| plan.title.starts_with("SHA-256")).unwrap();
        let rows = hashes.points.iter().enumerate().map(|(i, point)| {
            let seconds = 1e-7 * 4f64.powi(i as i32);
            row(&point.op.to_string(), &[("oneway", true, seconds, 0.0), ("sha2", false, 2.0 * seconds, 0.0)])
        });
        let growth = hashes.curves(&rows.collect::<Vec<_>>());
        let svg = curves(&growth);
        assert_has_no_colour_of_its_own(&svg);
        assert_eq!(svg.matches("<circle").count(), 8);
        for label in ["64", "4 KiB", "1 MiB", "1 µs", "1 ms", "bytes"] {
            assert!(svg.contains(&format!("\n{label}\n")), "{label}: {svg}");
        }
        // Theory's line and two curves.
        assert!(svg.matches("<polyline").count() >= 3);
        assert_eq!(legend(&growth).len(), 2);
    }

    #[test]
    fn axes_have_enough_ticks() {
        assert_eq!(ticks(1.5e-6, 2.5e-3).len(), 3 * 3 + 1);
        assert_eq!(ticks(1e-6, 1e-1), [1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1]);
        for (seconds, label) in
            [(2e-8, "20 ns"), (1e-6, "1 µs"), (5e-4, "500 µs"), (1e-3, "1 ms"), (2.0, "2 s")]
        {
            assert_eq!(tick_label(seconds), label);
        }
    }
}
