//! Charts as SVG: bars side by side, this project's in colour, and what it loses marked as lost.

use super::results::Results;
use super::verdict::figure;
use std::fmt::Write as _;

/// A chart: bars in groups, each a cell.
pub(crate) struct Chart {
    /// The file's name, without its ending.
    pub(crate) file: &'static str,
    title: &'static str,
    figure: &'static str,
    unit: f64,
    greater_is_better: bool,
    /// The cells' names, and what each is called in the chart.
    groups: &'static [(&'static str, &'static str)],
}

/// All charts there are.
pub(crate) const CHARTS: [Chart; 9] = [
    Chart {
        file: "shared",
        title: "GET of 16 bytes, many tasks on one connection: thousands a second (more is better)",
        figure: "rate",
        unit: 1e3,
        greater_is_better: true,
        groups: &[
            ("shared/get:16/16", "16 tasks"),
            ("shared/get:16/256", "256 tasks"),
            ("shared/get:16/2048", "2048 tasks"),
            ("shared/get:16/10000", "10000 tasks"),
        ],
    },
    Chart {
        file: "processor",
        title: "Processor time of a GET in the client: µs (less is better)",
        figure: "cpu_us",
        unit: 1.0,
        greater_is_better: false,
        groups: &[
            ("alone/get:16", "one caller"),
            ("unix/get:16", "one caller, a unix socket"),
            ("tls/get:16", "one caller, TLS"),
            ("shared/get:16/256", "256 tasks"),
            ("shared/get:16/2048", "2048 tasks"),
            ("messages", "no GET: a message of a channel"),
        ],
    },
    Chart {
        file: "multi",
        title: "GET of 16 bytes, a runtime of several threads: thousands a second (more is better)",
        figure: "rate",
        unit: 1e3,
        greater_is_better: true,
        groups: &[
            ("shared/get:16/1/multi", "1 task"),
            ("shared/get:16/16/multi", "16 tasks"),
            ("shared/get:16/256/multi", "256 tasks"),
            ("shared/get:16/2048/multi", "2048 tasks"),
            ("shared/get:16/10000/multi", "10000 tasks"),
        ],
    },
    Chart {
        file: "threads",
        title: "GET of 16 bytes by threads, and from small pools: thousands a second (more is better)",
        figure: "rate",
        unit: 1e3,
        greater_is_better: true,
        groups: &[
            ("threads/get:16/2", "2 threads"),
            ("threads/get:16/8", "8 threads"),
            ("threads/get:16/32", "32 threads"),
            ("pool/get:16/8", "8 threads take one of 4 connections each time"),
            ("pool/get:16/32", "32 threads take one of 4 connections each time"),
            ("pool/get:16/tasks:32", "32 tasks take one of 4 connections each time"),
        ],
    },
    Chart {
        file: "large",
        title: "Large values: µs of processor time in the client (less is better)",
        figure: "cpu_us",
        unit: 1.0,
        greater_is_better: false,
        groups: &[
            ("large/get:65536", "GET 64 KiB"),
            ("large/set:65536", "SET 64 KiB"),
            ("large/get:1048576", "GET 1 MiB"),
            ("large/set:1048576", "SET 1 MiB"),
        ],
    },
    Chart {
        file: "many",
        title: "Replies of many elements, and pipelines: µs of processor time (less is better)",
        figure: "cpu_us",
        unit: 1.0,
        greater_is_better: false,
        groups: &[
            ("many/mget:100", "MGET 100"),
            ("many/hgetall:100", "HGETALL 100"),
            ("many/lrange:1000", "LRANGE 1000"),
            ("many/xrange:100", "XRANGE 100"),
            ("many/zrange:1000", "ZRANGE 1000"),
            ("many/pipeline:100", "pipeline of 100"),
            ("many/pipeline:1000", "pipeline of 1000"),
        ],
    },
    Chart {
        file: "tail",
        title: "99.9th percentile at the same rate for all: µs (less is better)",
        figure: "p999_ns",
        unit: 1e3,
        greater_is_better: false,
        groups: &[("paced/get:16", "GET 16 B")],
    },
    Chart {
        file: "allocations",
        title: "Allocations for a command (less is better)",
        figure: "allocations_each",
        unit: 1.0,
        greater_is_better: false,
        groups: &[
            ("allocations/get:16", "GET"),
            ("allocations/set:16", "SET"),
            ("allocations/mget:100", "MGET 100"),
            ("allocations/hgetall:100", "HGETALL 100"),
        ],
    },
    Chart {
        file: "size",
        title: "A program of two commands, stripped: kilobytes (less is better)",
        figure: "bytes",
        unit: 1e3,
        greater_is_better: false,
        groups: &[("cost", "release build")],
    },
];

const LABEL: f64 = 190.0;
const BAR: f64 = 470.0;
/// Room for a figure behind the longest bar.
const FIGURE: f64 = 110.0;
const LINE: f64 = 17.0;

impl Chart {
    /// The chart of these results; `None` if none of its cells was measured.
    pub(crate) fn draw(&self, results: &Results, machine: &str) -> Option<String> {
        let mut body = String::new();
        let mut y = 34.0;
        for (cell, label) in self.groups {
            let Some(measured) = results.get(*cell) else { continue };
            let mut bars: Vec<(&str, f64)> = measured
                .runs()
                .filter_map(|run| Some((run, measured.median(run, self.figure)? / self.unit)))
                .collect();
            if bars.is_empty() {
                continue;
            }
            bars.sort_by(|a, b| b.1.total_cmp(&a.1));
            if !self.greater_is_better {
                bars.reverse();
            }
            let most = bars.iter().map(|bar| bar.1).fold(f64::MIN_POSITIVE, f64::max);
            y += 10.0;
            let _ =
                write!(body, "<text x=\"8\" y=\"{y}\" class=\"group\">{}</text>", escaped(label));
            y += 6.0;
            for &(run, value) in &bars {
                let lost = is_ours(run)
                    && bars.iter().any(|&(other, found)| self.is_beaten(other, found, value));
                bar(&mut body, y, run, value, most, lost);
                y += LINE;
            }
            y += 8.0;
        }
        if body.is_empty() {
            return None;
        }
        let (width, height) = (LABEL + BAR + FIGURE, y + 22.0);
        let title = escaped(self.title);
        let footer = escaped(machine);
        Some(format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
             height=\"{height}\" font-family=\"sans-serif\" font-size=\"11\">\n<style>\
             .group{{font-weight:bold}} .title{{font-size:13px;font-weight:bold}} .foot{{font-size:9px;fill:#777}}\
             </style>\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n\
             <text x=\"8\" y=\"20\" class=\"title\">{title}</text>\n{body}\n\
             <text x=\"8\" y=\"{}\" class=\"foot\">{footer}</text>\n</svg>\n",
            height - 8.0
        ))
    }

    /// Whether another client is better here by more than noise; a floor is no client.
    fn is_beaten(&self, other: &str, found: f64, ours: f64) -> bool {
        let better = if self.greater_is_better { found > ours * 1.02 } else { found < ours * 0.98 };
        better && !is_ours(other) && !other.contains("/floor")
    }
}

fn is_ours(run: &str) -> bool {
    run.contains("/ours")
}

fn bar(body: &mut String, y: f64, run: &str, value: f64, most: f64, lost: bool) {
    let fill = match () {
        () if lost => "#c0392b",
        () if is_ours(run) => "#1f6f43",
        () if run.contains("/floor") => "#cccccc",
        () => "#8aa4bf",
    };
    let width = (value / most * BAR).max(1.0);
    let text = y + LINE - 6.0;
    let mark = if lost { " (behind)" } else { "" };
    let _ = write!(
        body,
        "\n<text x=\"{}\" y=\"{text}\" text-anchor=\"end\">{}</text>\
         <rect x=\"{LABEL}\" y=\"{}\" width=\"{width:.1}\" height=\"{}\" fill=\"{fill}\"/>\
         <text x=\"{:.1}\" y=\"{text}\">{}{mark}</text>",
        LABEL - 6.0,
        escaped(run),
        y + 1.0,
        LINE - 4.0,
        LABEL + width + 5.0,
        figure(value),
    );
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::{BAR, CHARTS, FIGURE, LABEL};
    use crate::bench::cells;
    use crate::bench::options::Options;
    use crate::bench::results::{Measured, Results, Sample};

    fn results(ours: f64, theirs: f64) -> Results {
        let mut measured = Measured::default();
        for (run, rate) in
            [("async/ours", ours), ("async/rustis", theirs), ("async/floor/slots", 9e9)]
        {
            measured.push(run, Ok(Sample::from([("rate".to_owned(), rate)])));
        }
        Results::from([("shared/get:16/256".to_owned(), measured)])
    }

    #[test]
    fn a_cell_that_is_lost_is_marked_and_one_that_is_won_is_not() {
        let [shared, ..] = &CHARTS;
        let draw = |ours, theirs| shared.draw(&results(ours, theirs), "m").expect("a chart");
        assert!(draw(1e6, 2e6).contains("(behind)"));
        assert!(!draw(2e6, 1e6).contains("(behind)"));
    }

    #[test]
    fn every_chart_shows_what_is_measured_and_cuts_no_word_off() {
        // wider than a letter of most sans-serif fonts of eleven pixels, and of thirteen for the title, is on average
        let (letter, of_title) = (6.3, 8.2);
        let cells = cells::all(&Options::default());
        let known = |name: &str| name == "cost" || cells.iter().any(|cell| cell.name == name);
        for chart in &CHARTS {
            assert!(chart.groups.iter().all(|(cell, _)| known(cell)), "{}", chart.file);
            let title = chart.title.chars().count() as f64;
            assert!(title * of_title < LABEL + BAR + FIGURE, "{}", chart.title);
        }
        let runs = cells.iter().flat_map(|cell| &cell.runs);
        assert!(runs.map(|run| run.len() as f64 * letter).fold(0.0, f64::max) < LABEL - 6.0);
        assert!("1234567 (behind)".len() as f64 * letter < FIGURE - 5.0);
    }

    #[test]
    fn a_chart_of_nothing_is_none() {
        assert!(CHARTS.iter().all(|chart| chart.draw(&Results::new(), "m").is_none()));
    }
}
