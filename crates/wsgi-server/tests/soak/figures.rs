//! The figures of a process, from `/proc`.

use std::fs;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Figures {
    /// The memory that it has resident.
    pub(crate) memory_kib: u64,
    pub(crate) threads: u64,
    pub(crate) descriptors: u64,
}

impl Figures {
    pub(crate) fn of(process: u32) -> Self {
        let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
        let figure = |name| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            let words = line.unwrap().trim();
            words.split(' ').next().unwrap().parse().unwrap()
        };
        Self {
            memory_kib: figure("VmRSS:"),
            threads: figure("Threads:"),
            descriptors: fs::read_dir(format!("/proc/{process}/fd")).unwrap().count() as u64,
        }
    }
}
