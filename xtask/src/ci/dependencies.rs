//! The licences, sources and known weaknesses of dependencies, by cargo-deny.
//!
//! `.cargo/deny.toml` has the rules.

use std::process::{Command, Stdio};

use crate::{outside, report::Report, result::Result, step::Step};

const LICENCES: &str = "licences and sources of dependencies";
const ADVISORIES: &str = "advisories about dependencies";

pub(super) fn check(report: &mut Report) -> Result {
    if !outside::is_installed("cargo-deny") {
        let why = "cargo-deny is not installed (cargo install --locked cargo-deny)";
        report.leave_out(LICENCES, why);
        report.leave_out(ADVISORIES, why);
        return Ok(());
    }
    report.run(&Step::cargo("deny check bans licenses sources"));
    if has_advisories()? {
        report.run(&Step::cargo("deny check --disable-fetch advisories"));
    } else {
        report.leave_out(ADVISORIES, "their database cannot be fetched");
    }
    Ok(())
}

/// Fetches the database of advisories. `false` if that fails, as without a network.
fn has_advisories() -> Result<bool> {
    let mut fetch: Command = Step::cargo("deny fetch db").command();
    let status = fetch.stdout(Stdio::null()).stderr(Stdio::null()).status()?;
    Ok(status.success())
}
