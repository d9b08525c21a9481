//! The CPU time and the size of compressed responses, at equal levels.

use super::{options::Options, program::Program, progress::progress, report::Table};
use crate::result::Result;

/// The contenders of `measure-compression`. The first is ours.
const CONTENDERS: [&str; 2] = ["ours", "tower-http"];

/// Codings with a level: our defaults, and that of most servers.
const CODINGS: [(&str, &str); 4] = [("gzip", "4"), ("gzip", "6"), ("br", "4"), ("zstd", "3")];

/// The sizes of the JSON documents, in bytes.
const SIZES: [(&str, &str); 3] = [
    ("1 KB", "1000"),
    ("100 KB", "100000"),
    ("10 MB", "10000000"),
];

/// Measures each contender with each coding and size.
pub(super) fn measure(options: &Options) -> Result<Vec<Table>> {
    let program = Program::build("measure-compression")?;
    let mut tables = Vec::new();
    for (coding, level) in CODINGS {
        for (size, bytes) in SIZES {
            let name = format!("{size} of JSON by {coding} at level {level}");
            let mut times = Table::of(format!("{name}, CPU \u{b5}s"), CONTENDERS);
            let mut sizes = Table::of(format!("{name}, bytes"), CONTENDERS);
            for round in 1..=options.rounds {
                for (row, contender) in CONTENDERS.into_iter().enumerate() {
                    progress(&format!("{name}, {contender}, round {round}"));
                    let figures = program.measure(&[contender, coding, level, bytes])?;
                    times.add(row, figures.get("microseconds")?);
                    sizes.add(row, figures.get("bytes")?);
                }
            }
            tables.extend([times, sizes]);
        }
    }
    Ok(tables)
}
