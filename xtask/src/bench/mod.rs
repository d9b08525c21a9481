//! `cargo xtask bench`: measures against other servers.

/// Says that there is nothing to measure yet.
pub(crate) fn run(_args: &[String]) -> Result<(), Box<dyn std::error::Error>> {
    Err("the benchmarks are not written yet".into())
}
