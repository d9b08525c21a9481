//! Speed and memory of parsing a form with a file of 100 MiB.

use super::{options::Options, program::Program, progress::progress, report::Table};
use crate::result::Result;

/// The names of rows, and the contenders of `measure-forms`. All except the last are ours.
const CONTENDERS: [(&str, &str); 3] = [
    ("Multipart", "multipart"),
    ("Form", "form"),
    ("bare reads", "bare"),
];

/// The content of the file: nearly random bytes, or lines that all begin like the boundary.
const DATA: [&str; 2] = ["film", "lines"];

/// Measures the parts of a form without storing them, and whole forms with the file on disk.
pub(super) fn measure(options: &Options) -> Result<Vec<Table>> {
    let program = Program::build("measure-forms")?;
    let table = |title| Table::of(title, CONTENDERS.map(|(name, _)| name));
    let mut tables = DATA.map(|data| {
        [
            table(format!("Form with 100 MiB of {data}, MB per second")),
            table(format!("Form with 100 MiB of {data}, most memory, MiB")),
        ]
    });
    for round in 1..=options.rounds {
        for (data, [speed, memory]) in DATA.into_iter().zip(&mut tables) {
            for (row, (name, contender)) in CONTENDERS.into_iter().enumerate() {
                progress(&format!("{data} through {name}, round {round}"));
                let figures = program.measure(&[contender, data])?;
                speed.add(row, figures.get("megabytes-per-second")?);
                memory.add(row, figures.get("mebibytes")?);
            }
        }
    }
    Ok(tables.into_iter().flatten().collect())
}
