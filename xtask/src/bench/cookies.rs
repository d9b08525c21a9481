//! CPU time and instructions to sign and verify a value of 64 bytes, or encrypt and decrypt it.

use super::{options::Options, peer, program::Program, progress::progress, report::Table};
use crate::{result::Result, scratch::Scratch};

/// The names of rows, and the contenders of `measure-cookies`.
const CONTENDERS: [(&str, &str); 6] = [
    ("ours", "ours"),
    ("cookie", "cookie"),
    ("HMAC", "hmac"),
    ("HMAC, new key", "hmac-new-key"),
    ("ours, encrypted", "ours-encrypted"),
    ("cookie, private", "cookie-private"),
];

/// Repetitions for CPU time. They take about a third of a second.
const TIMES: &str = "400000";

/// Repetitions under callgrind. The difference excludes the start and the end of the program.
const FEW: u32 = 1_000;
const MANY: u32 = 6_000;

/// Compares ours with the signed and the private jar of the crate `cookie`, and with HMAC-SHA-256
/// alone.
pub(super) fn measure(options: &Options, scratch: &Scratch) -> Result<[Table; 2]> {
    let program = Program::build("measure-cookies")?;
    let version = peer::version_of("cookie")?;
    let table = |title| Table::of(title, CONTENDERS.map(|(name, _)| name));
    let mut cpu = table(format!(
        "CPU time to sign or encrypt 64 bytes and read them again, nanoseconds; cookie {version}"
    ));
    let mut instructions = table(
        "User-space instructions for the same; callgrind's CPU has none for SHA-256".to_owned(),
    );
    for round in 1..=options.rounds {
        for (row, (name, contender)) in CONTENDERS.into_iter().enumerate() {
            progress(&format!("values of {name}, round {round}"));
            let figures = program.measure(&[contender, TIMES])?;
            cpu.add(row, figures.get("nanoseconds")?);
            let count =
                |times: u32| program.instructions(&[contender, &times.to_string()], scratch);
            let (few, many) = (count(FEW)?, count(MANY)?);
            instructions.add(row, (many as f64 - few as f64) / f64::from(MANY - FEW));
        }
    }
    Ok([cpu, instructions])
}
