//! The updates of a session that are kept, when many clients of one visitor send them at once.

use super::{options::Options, program::Program, progress::progress, report::Table};
use crate::result::Result;

/// The contenders of `measure-updates`. The first is ours.
const CONTENDERS: [&str; 2] = ["ours", "tower-sessions"];

/// Measures each contender once per round.
pub(super) fn measure(options: &Options) -> Result<Table> {
    let program = Program::build("measure-updates")?;
    let title = "Updates kept of 1,000 acknowledged, by 16 clients through axum";
    let mut table = Table::of(title, CONTENDERS);
    for round in 1..=options.rounds {
        for (row, contender) in CONTENDERS.into_iter().enumerate() {
            progress(&format!("updates, {contender}, round {round}"));
            let figures = program.measure(&[contender])?;
            let kept = figures.get("kept")? / figures.get("acknowledged")?;
            table.add(row, kept * 1_000.0);
        }
    }
    Ok(table)
}
