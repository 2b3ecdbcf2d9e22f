//! The page: one file, without scripts, and nothing that comes from a network.

// It is written once, and read more often.
#![allow(clippy::format_collect)]

use std::fmt::Write as _;

use super::charts;
use crate::growth::{Curve, Growth, Point};
use crate::machine::{CPU, FLAGS, IA32CAP};
use crate::results::{Cell, Results, Row, Statistic};
use crate::table::{columns, notes_of, per_second, time};

const STYLE: &str = include_str!("style.css");

/// The page of these results.
pub(crate) fn page(results: &Results) -> String {
    let mut body = String::new();
    body += "<h1>oneway and other libraries</h1>\n";
    body += &head(results);
    body += &contents(results);
    body += &overview(results);
    body += KEY;
    for (i, title) in results.sections().into_iter().enumerate() {
        body += &section(&format!("s{i}"), title, &results.rows_of(title));
    }
    if !results.growth.is_empty() {
        body += &growth(&results.growth);
    }
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>oneway and other libraries</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n{body}</body>\n</html>\n"
    )
}

/// Text in which nothing is markup.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Where and with what it was run.
fn head(results: &Results) -> String {
    const ABOUT: [&str; 7] = [CPU, FLAGS, "engines", "compiler", "oneway", "date", IA32CAP];
    let line = |what: &str, which: &str| format!("<dt>{}</dt><dd>{}</dd>\n", escape(what), escape(which));
    let about: String = ABOUT
        .iter()
        .filter(|what| results.machine.contains_key(**what))
        .map(|what| line(what, results.machine(what)))
        .collect();
    let peers = results.machine.keys().filter(|what| !ABOUT.contains(&what.as_str()));
    let peers: String = peers.map(|what| line(what, results.machine(what))).collect();
    format!(
        "<p>The same operations, done by oneway and by other libraries in one process and in turns. Times are the \
         thread's CPU time, figures medians of the samples from quiet moments (means for key generation). Absolute times \
         hold for this machine and this day; ratios are what counts.</p>\n\
         <dl class=\"machine\">\n{about}</dl>\n\
         <h2>The other libraries</h2>\n<dl class=\"machine\">\n{peers}</dl>\n"
    )
}

fn contents(results: &Results) -> String {
    let mut links: Vec<(String, &str)> =
        results.sections().into_iter().enumerate().map(|(i, title)| (format!("s{i}"), title)).collect();
    if !results.growth.is_empty() {
        links.push(("growth".into(), "How times grow"));
    }
    let links: String = links
        .iter()
        .map(|(id, title)| format!("<li><a href=\"#{id}\">{}</a></li>\n", escape(title)))
        .collect();
    format!("<h2>Contents</h2>\n<ul class=\"contents\">\n{links}</ul>\n")
}

/// Our best against theirs, section by section.
fn overview(results: &Results) -> String {
    let mut lines = String::new();
    for (i, title) in results.sections().into_iter().enumerate() {
        let rows = results.rows_of(title);
        let ratios: Vec<f64> = rows
            .iter()
            .filter_map(|row| row.best_of_ours().and_then(|cell| cell.ratio_to_best_peer))
            .collect();
        if ratios.is_empty() {
            continue;
        }
        let ahead = ratios.iter().filter(|ratio| **ratio < 1.0).count();
        let least = ratios.iter().copied().fold(f64::INFINITY, f64::min);
        let most = ratios.iter().copied().fold(0.0, f64::max);
        let mean = (ratios.iter().map(|ratio| ratio.ln()).sum::<f64>() / ratios.len() as f64).exp();
        writeln!(
            lines,
            "<tr><th><a href=\"#s{i}\">{}</a></th><td>{mean:.2}</td><td>{least:.2}</td><td>{most:.2}</td>\
             <td>{ahead} of {}</td></tr>",
            escape(title),
            ratios.len(),
        )
        .expect("memory");
    }
    if lines.is_empty() {
        return String::new();
    }
    format!(
        "<h2>In short</h2>\n<p>The time of our fastest engine, divided by the time of the fastest other library: under 1 \
         is ahead. The mean is the geometric one, over the section's operations.</p>\n\
         <div class=\"wide\"><table class=\"overview\">\n<thead><tr><th></th><th>mean</th><th>least</th><th>most</th><th>ahead in</th></tr>\
         </thead>\n<tbody>\n{lines}</tbody></table></div>\n"
    )
}

/// What colours and marks mean.
const KEY: &str = "<h2>How to read the bars</h2>\n<p class=\"key\"><span class=\"ours\">oneway's fastest engine</span> \
         <span class=\"also-ours\">its other engines</span> <span class=\"best-peer\">the fastest other library</span> \
         <span class=\"peer\">other libraries</span></p>\n\
         <p>The shortest bar is best. After the time, <em>0.50×</em> says half the time of the fastest other library. \
         Finding a key takes luck: half of the keys took what's between the two ends of the line across the bar, and ± \
         is the mean's standard error. ~ marks figures from a machine that was never quiet, and † those whose time depends \
         on the secret, which don't count as the fastest other library.</p>\n";

/// A chart for each operation, and the table.
fn section(id: &str, title: &str, rows: &[&Row]) -> String {
    let figures: String = rows
        .iter()
        .map(|row| {
            let name = escape(&row.name);
            format!(
                "<figure>\n<figcaption>{name}</figcaption>\n{}</figure>\n",
                labelled(&charts::bars(row), &name)
            )
        })
        .collect();
    let columns = columns(rows);
    let notes: String =
        notes_of(rows, &columns).iter().map(|note| format!("<li>{}</li>\n", escape(note))).collect();
    format!(
        "<section id=\"{id}\">\n<h2>{}</h2>\n<div class=\"charts\">\n{figures}</div>\n\
         <details><summary>The table, and what's in the figures</summary>\n{}<ul>\n{notes}</ul>\n</details>\n</section>\n",
        escape(title),
        table(rows, &columns),
    )
}

/// An SVG with a name for those who don't see it.
fn labelled(svg: &str, name: &str) -> String {
    svg.replacen("<svg ", &format!("<svg role=\"img\" aria-label=\"{name}\" "), 1)
}

fn table(rows: &[&Row], columns: &[(String, bool)]) -> String {
    let head: String = columns.iter().map(|(name, _)| format!("<th>{}</th>", escape(name))).collect();
    let line = |row: &&Row| {
        let cells: String =
            columns.iter().map(|(name, _)| format!("<td>{}</td>", cell(row, row.cell(name)))).collect();
        format!("<tr><th>{}</th>{cells}</tr>\n", escape(&row.name))
    };
    let lines: String = rows.iter().map(line).collect();
    format!(
        "<div class=\"wide\"><table>\n<thead><tr><th></th>{head}</tr></thead>\n<tbody>\n{lines}</tbody></table></div>\n"
    )
}

/// A time with its ratio under it; the best peer's and our best in bold.
fn cell(row: &Row, cell: Option<&Cell>) -> String {
    let Some(cell) = cell else { return String::new() };
    let seconds = cell.figure.seconds;
    let marks = format!("{}{}", if cell.figure.calm { "" } else { "~" }, if cell.vartime { "†" } else { "" });
    let mut text = format!("{}{marks}", time(seconds, cell.figure.standard_error));
    let is = |other: Option<&Cell>| other.is_some_and(|other| other.name == cell.name);
    if is(row.best_peer()) || is(row.best_of_ours()) {
        text = format!("<b>{text}</b>");
    }
    if let Some(rate) = &row.rate {
        write!(text, "<br>{}", escape(&per_second(rate, seconds))).expect("memory");
    }
    if let Some(ratio) = cell.ratio_to_best_peer {
        write!(text, "<br><small>{ratio:.2}×</small>").expect("memory");
    }
    text
}

fn growth(all: &[Growth]) -> String {
    let figures: String = all.iter().map(growth_figure).collect();
    format!(
        "<section id=\"growth\">\n<h2>How times grow</h2>\n\
         <p>Both axes are logarithmic, so that a time that grows as a power of the size, a nᵇ, is a straight line of slope \
         b. The exponents are the slopes of the lines that fit best, by least squares on the logarithms. The dashed line \
         has the slope that theory says, through our fastest's last point.</p>\n\
         <div class=\"curves\">\n{figures}</div>\n</section>\n"
    )
}

fn growth_figure(growth: &Growth) -> String {
    let title = escape(&growth.title);
    let keys = charts::legend(growth);
    let line = |(curve, key): (&Curve, String)| {
        let class = if curve.ours { " class=\"is-ours\"" } else { "" };
        let name = escape(&curve.name);
        format!("<tr{class}><th>{key}{name}</th><td>{}</td></tr>\n", exponent(curve))
    };
    let lines: String = growth.curves.iter().zip(keys).map(line).collect();
    let from = if growth.curves.iter().flat_map(|c| &c.points).any(|point| point.size < growth.fit_from) {
        format!(", from {} {} on", growth.fit_from, escape(&growth.size))
    } else {
        String::new()
    };
    format!(
        "<figure>\n<figcaption>{title}</figcaption>\n{}\
         <table class=\"legend\">\n<thead><tr><th></th><th>exponent{from}</th></tr></thead>\n<tbody>\n\
         <tr class=\"theory\"><th>{}theory</th><td>{}</td></tr>\n{lines}</tbody></table>\n\
         <p>{}</p>\n<details><summary>The times</summary>\n{}</details>\n</figure>\n",
        labelled(&charts::curves(growth), &title),
        charts::theory_legend(),
        growth.theory,
        escape(&growth.why),
        growth_table(growth),
    )
}

fn exponent(curve: &Curve) -> String {
    curve.exponent.map_or("–".into(), |exponent| format!("{exponent:.2}"))
}

/// Sizes downwards and contestants across.
fn growth_table(growth: &Growth) -> String {
    let head: String =
        growth.curves.iter().map(|curve| format!("<th>{}</th>", escape(&curve.name))).collect();
    let mut lines = String::new();
    for size in sizes(growth) {
        let cell = |curve: &Curve| {
            let point = curve.points.iter().find(|point| point.size.total_cmp(&size).is_eq());
            format!("<td>{}</td>", point.map_or(String::new(), |point| point_text(growth, point)))
        };
        let cells: String = growth.curves.iter().map(cell).collect();
        writeln!(lines, "<tr><th>{size}</th>{cells}</tr>").expect("memory");
    }
    format!(
        "<div class=\"wide\"><table>\n<thead><tr><th>{}</th>{head}</tr></thead>\n<tbody>\n{lines}</tbody></table></div>\n",
        escape(&growth.size)
    )
}

/// All sizes that have points.
pub(super) fn sizes(growth: &Growth) -> Vec<f64> {
    let mut sizes: Vec<f64> = growth.curves.iter().flat_map(|c| &c.points).map(|point| point.size).collect();
    sizes.sort_by(f64::total_cmp);
    sizes.dedup();
    sizes
}

/// A point's time, with quartiles where times vary by themselves.
pub(super) fn point_text(growth: &Growth, point: &Point) -> String {
    let text = time(point.seconds, None);
    match growth.statistic {
        Statistic::Median => text,
        Statistic::Mean => {
            let [low, high] = point.quartiles.map(|seconds| time(seconds, None));
            format!("{text} ({low} to {high})")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::growth;
    use crate::results::tests::{results, row};

    #[test]
    fn the_page_has_everything_and_needs_nothing() {
        let cells = [("ifma", true, 1e-3, 0.0), ("a <peer> & more", false, 2e-3, 0.0)];
        let mut results = results("a \"CPU\"", vec![row("pow 512", &cells), row("pow 1024", &cells)]);
        let plan = growth::plans().remove(0);
        let rows: Vec<Row> = plan.points.iter().map(|point| row(&point.op.to_string(), &cells)).collect();
        results.growth = vec![plan.curves(&rows)];
        let page = page(&results);
        assert_eq!(page.matches("<figure>").count(), 3);
        for text in [
            "a &quot;CPU&quot;",
            "a &lt;peer&gt; &amp; more",
            "<td>0.50</td><td>0.50</td><td>0.50</td><td>2 of 2</td>",
        ] {
            assert!(page.contains(text), "{text}: {page}");
        }
        assert!(!page.contains("<peer>"), "{page}");
        for start in ["<script", "<link", "src=", "url(", "@import", "http:", "https:"] {
            let found = page.replace("http://www.w3.org/2000/svg", "").find(start);
            assert_eq!(found, None, "{start}");
        }
        // Every variable that the charts use is there, for light and for dark.
        let body = page.split_once("</style>").unwrap().1;
        for variable in body.split("var(--").skip(1).map(|rest| rest.split_once(')').unwrap().0) {
            assert_eq!(STYLE.matches(&format!("--{variable}:")).count(), 2, "{variable}");
        }
    }

    #[test]
    fn there_are_colours_for_all_curves() {
        for i in 0..charts::CURVES {
            assert_eq!(STYLE.matches(&format!("--curve-{i}:")).count(), 2);
        }
    }
}
