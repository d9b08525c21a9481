//! Programs that a measurement needs.

use std::process::{Command, Stdio};

use crate::result::Result;

/// Checks that a tool is installed. The error says how to install it.
pub(super) fn need(tool: &str) -> Result {
    Command::new(tool)
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .map(drop)
        .map_err(|error| format!("{tool}: {error}; get it with `apt-get install {tool}`").into())
}
