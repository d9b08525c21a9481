//! Tables of figures: medians with their spread, and ratios to ours.

use std::{fmt, fs, process::Command, thread};

use super::{options::Options, peer::Peer};
use crate::result::Result;

/// Prints the settings and the machine.
pub(super) fn preamble(options: &Options, peers: &[Peer]) -> Result {
    let cores = thread::available_parallelism()?;
    let seconds = options.duration.as_secs();
    println!(
        "{}, {cores} cores of {}, Linux {}: {} rounds, {seconds} s under load each.",
        today()?,
        processor()?,
        fs::read_to_string("/proc/sys/kernel/osrelease")?.trim(),
        options.rounds
    );
    println!("Medians, with the smallest and the greatest; times ours, round by round.");
    for peer in peers {
        println!("  {}", peer.describe()?);
    }
    Ok(())
}

/// The date, as in 2026-11-28.
fn today() -> Result<String> {
    let output = Command::new("date").args(["-u", "+%F"]).output()?;
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

/// The model of the processor.
fn processor() -> Result<String> {
    let text = fs::read_to_string("/proc/cpuinfo")?;
    let model = text.lines().find(|line| line.starts_with("model name"));
    let name = model.and_then(|line| line.split_once(": "));
    Ok(name
        .map_or("an unknown processor", |(_, name)| name)
        .to_owned())
}

/// A figure of every peer or contender, taken once per round.
#[derive(Debug)]
pub(super) struct Table {
    title: String,
    rows: Vec<(&'static str, Vec<f64>)>,
}

impl Table {
    /// An empty table with a row for each peer. Ratios are to the first.
    pub(super) fn new(title: impl Into<String>, peers: &[Peer]) -> Self {
        Self::of(title, peers.iter().map(|peer| peer.name))
    }

    /// An empty table with a row for each name. Ratios are to the first.
    pub(super) fn of(
        title: impl Into<String>,
        names: impl IntoIterator<Item = &'static str>,
    ) -> Self {
        Self {
            title: title.into(),
            rows: names.into_iter().map(|name| (name, Vec::new())).collect(),
        }
    }

    /// Adds a figure of this round to the row of a peer.
    pub(super) fn add(&mut self, row: usize, figure: f64) {
        self.rows[row].1.push(figure);
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\n{}", self.title)?;
        let Some((_, ours)) = self.rows.first() else {
            return Ok(());
        };
        for (name, figures) in &self.rows {
            let ratios: Vec<f64> = figures
                .iter()
                .zip(ours)
                .map(|(its, ours)| its / ours)
                .collect();
            let (figures, ratios) = (Spread::of(figures), Spread::of(&ratios));
            writeln!(
                f,
                "  {name:<15}{}   x{}",
                figures.cells(11),
                ratios.cells(7)
            )?;
        }
        Ok(())
    }
}

/// The median, the minimum and the maximum of several figures.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Spread {
    median: f64,
    least: f64,
    most: f64,
}

impl Spread {
    /// The spread of these figures. Without figures, it is not a number.
    pub(super) fn of(figures: &[f64]) -> Self {
        let mut sorted = figures.to_vec();
        sorted.sort_by(f64::total_cmp);
        let at = |index: usize| sorted.get(index).copied().unwrap_or(f64::NAN);
        let middle = sorted.len() / 2;
        let median = match sorted.len() % 2 {
            1 => at(middle),
            _ => f64::midpoint(at(middle.saturating_sub(1)), at(middle)),
        };
        Self {
            median,
            least: at(0),
            most: at(sorted.len().saturating_sub(1)),
        }
    }

    /// Three cells of a table of this width.
    fn cells(self, width: usize) -> String {
        let [median, least, most] = [self.median, self.least, self.most].map(figure);
        format!("{median:>width$} [{least:>width$} {most:>width$}]")
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} [{} {}]",
            figure(self.median),
            figure(self.least),
            figure(self.most)
        )
    }
}

/// A figure with its significant decimals.
fn figure(value: f64) -> String {
    match value.abs() {
        size if !size.is_finite() => "-".into(),
        size if size < 100.0 => format!("{value:.2}"),
        size if size < 1000.0 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_or_between_the_two() {
        assert_eq!(
            Spread::of(&[3.0, 1.0, 2.0]),
            Spread {
                median: 2.0,
                least: 1.0,
                most: 3.0
            }
        );
        assert_eq!(Spread::of(&[4.0, 1.0, 2.0, 3.0]).median, 2.5);
        assert!(Spread::of(&[]).median.is_nan());
    }

    #[test]
    fn ratios_are_taken_within_a_round() {
        let rows = vec![
            ("ours", vec![1.0, 100.0, 10.0]),
            ("other", vec![2.0, 300.0, 10.0]),
        ];
        let table = Table {
            title: "Cost".into(),
            rows,
        }
        .to_string();
        let other = table.lines().last().unwrap();
        let words: Vec<&str> = other
            .split([' ', '[', ']'])
            .filter(|word| !word.is_empty())
            .collect();
        assert_eq!(
            words,
            [
                "other", "10.00", "2.00", "300.0", "x", "2.00", "1.00", "3.00"
            ]
        );
    }
}
