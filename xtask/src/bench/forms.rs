//! A form with a file of 100 MiB: how fast it is read, and in how much memory.

use super::options::Options;
use super::program::Program;
use super::report::Table;
use super::{Result, progress};

/// What rows are called, and the contenders of `measure-forms`: all but the last are ours.
const CONTENDERS: [(&str, &str); 3] = [
    ("Multipart", "multipart"),
    ("Form", "form"),
    ("bare reads", "bare"),
];

/// What is in the file: as good as random bytes, or lines that all begin as the boundary does.
const DATA: [&str; 2] = ["film", "lines"];

/// Measures part by part into nowhere, and whole forms with the file on disk.
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
