//! What is measured, and how it is told.

use std::time::Duration;

/// One run of one kind.
#[derive(Debug, Clone, Default)]
pub(super) struct Run {
    /// Reports in a second.
    pub(super) per_second: f64,
    /// Half of the reports took no longer, in milliseconds.
    pub(super) p50: f64,
    /// Ninety-nine of a hundred took no longer, in milliseconds.
    pub(super) p99: f64,
    /// Reports that failed.
    pub(super) errors: u64,
    /// Memory of the server at the end and at its highest, in megabytes.
    pub(super) memory: Option<(f64, f64)>,
}

impl Run {
    /// From how long each report took and how long all took together.
    pub(super) fn new(mut took: Vec<Duration>, errors: u64, elapsed: Duration) -> Self {
        took.sort_unstable();
        let count = u32::try_from(took.len()).unwrap_or(u32::MAX);
        Self {
            per_second: f64::from(count) / elapsed.as_secs_f64().max(1e-9),
            p50: percentile(&took, 50),
            p99: percentile(&took, 99),
            errors,
            memory: None,
        }
    }
}

/// The smallest value that so many of a hundred do not exceed, in milliseconds; the list is sorted.
fn percentile(sorted: &[Duration], percent: usize) -> f64 {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    let found = sorted.get(rank - 1);
    found.map_or(0.0, |took| took.as_secs_f64() * 1e3)
}

/// The middle of several values.
pub(super) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    match (values.get(values.len() / 2), values.len() % 2) {
        (Some(middle), 1) => *middle,
        (Some(upper), _) => f64::midpoint(*upper, values[values.len() / 2 - 1]),
        (None, _) => 0.0,
    }
}

/// The medians of several runs of the same; errors are added up, memory is the highest.
pub(super) fn middle(runs: &[Run]) -> Run {
    let of = |value: fn(&Run) -> f64| median(runs.iter().map(value).collect());
    let memory = runs.iter().filter_map(|run| run.memory);
    Run {
        per_second: of(|run| run.per_second),
        p50: of(|run| run.p50),
        p99: of(|run| run.p99),
        errors: runs.iter().map(|run| run.errors).sum(),
        memory: memory.reduce(|a, b| (a.0.max(b.0), a.1.max(b.1))),
    }
}

/// Everything about one cell of the table.
#[derive(Debug)]
pub(super) struct Cell {
    pub(super) database: &'static str,
    pub(super) enterprises: usize,
    pub(super) picture: bool,
    pub(super) clients: usize,
    /// Through HTTP.
    pub(super) http: Run,
    /// The same rows without HTTP.
    pub(super) reference: Run,
    /// An endpoint that stores nothing.
    pub(super) nothing: Run,
    /// The medians of the rounds' own ratios to what was possible: each compares what ran in the same
    /// minute.
    pub(super) ratio: f64,
}

/// What the two costs together allow: 1/x = 1/reference + 1/nothing.
pub(super) fn possible(reference: &Run, nothing: &Run) -> f64 {
    1.0 / (1.0 / reference.per_second.max(1e-9) + 1.0 / nothing.per_second.max(1e-9))
}

impl Cell {
    pub(super) fn row(&self) -> String {
        let memory = self.http.memory.map_or_else(
            || "-".to_owned(),
            |(now, peak)| format!("{now:.0} / {peak:.0}"),
        );
        format!(
            "| {} | {} | {} | {} | {:.0} | {:.1} / {:.1} | {:.0} | {:.1} / {:.1} | {:.0} | {:.0} | **{:.0} %** | {} | {memory} |",
            self.database,
            self.enterprises,
            if self.picture { "300 kB" } else { "none" },
            self.clients,
            self.http.per_second,
            self.http.p50,
            self.http.p99,
            self.reference.per_second,
            self.reference.p50,
            self.reference.p99,
            self.nothing.per_second,
            possible(&self.reference, &self.nothing),
            self.ratio * 100.0,
            self.http.errors + self.reference.errors + self.nothing.errors,
        )
    }
}

/// The heading of the table of cells.
pub(super) const HEADING: &str = "\
| database | enterprises | picture | clients | HTTP /s | p50 / p99 ms | reference /s | p50 / p99 ms | nothing /s | possible /s | HTTP of possible | errors | server MB, end / peak |
|---|---|---|---|---|---|---|---|---|---|---|---|---|";

#[cfg(test)]
mod tests {
    use super::*;

    fn milliseconds(values: &[u64]) -> Vec<Duration> {
        values.iter().copied().map(Duration::from_millis).collect()
    }

    #[test]
    fn percentiles_are_values_that_occurred() {
        let run = Run::new(milliseconds(&[4, 1, 3, 2]), 1, Duration::from_secs(2));
        assert_eq!((run.p50, run.p99, run.errors), (2.0, 4.0, 1));
        assert!((run.per_second - 2.0).abs() < 1e-9);

        let hundred: Vec<u64> = (1..=100).collect();
        let run = Run::new(milliseconds(&hundred), 0, Duration::from_secs(1));
        assert_eq!((run.p50, run.p99), (50.0, 99.0));

        let empty = Run::new(Vec::new(), 0, Duration::ZERO);
        let shown = format!("{:.1} {:.1} {:.1}", empty.p50, empty.p99, empty.per_second);
        assert_eq!(shown, "0.0 0.0 0.0");
    }

    #[test]
    fn a_median_is_in_the_middle() {
        let middle = |values: &[f64]| format!("{:.1}", median(values.to_vec()));
        assert_eq!(middle(&[9.0, 1.0, 5.0]), "5.0");
        assert_eq!(middle(&[4.0, 1.0, 2.0, 9.0]), "3.0");
        assert_eq!(middle(&[]), "0.0");
    }

    #[test]
    fn a_row_has_a_value_for_each_heading() {
        let run = |per_second| Run {
            per_second,
            ..Run::default()
        };
        let cell = Cell {
            database: "SQLite",
            enterprises: 1,
            picture: false,
            clients: 16,
            http: run(300.0),
            reference: run(400.0),
            nothing: run(4000.0),
            ratio: 0.75,
        };
        let columns = |row: &str| row.matches('|').count();
        assert_eq!(
            columns(&cell.row()),
            columns(HEADING.lines().next().unwrap())
        );
        assert!(cell.row().contains("**75 %**"));
        assert!((possible(&cell.reference, &cell.nothing) - 363.636).abs() < 0.01);
    }
}
