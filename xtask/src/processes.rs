//! The processes below a step.

use std::process::{Command, Stdio};

/// A process, as `ps` shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Process {
    id: u32,
    parent: u32,
    /// The program and its arguments.
    pub(crate) line: String,
}

/// The process with this id, its children, and theirs, parents first. Without `ps`, nothing is
/// known of any.
///
/// They are found by their parents, and not by a group of processes: a step in a group of its own
/// would not hear of Ctrl-C, and a test may give a program a group of its own.
pub(crate) fn family(id: u32) -> Vec<Process> {
    let mut ps = Command::new("ps");
    ps.args(["-A", "-o", "pid=,ppid=,args="]);
    let output = ps.stdin(Stdio::null()).stderr(Stdio::null()).output();
    let output = output.map(|output| output.stdout).unwrap_or_default();
    below(id, &parse(&String::from_utf8_lossy(&output)))
}

/// Ends processes at once. One that has ended already does not matter.
pub(crate) fn kill(processes: &[Process]) {
    let mut kill = Command::new("kill");
    kill.arg("-KILL");
    kill.args(processes.iter().map(|process| process.id.to_string()));
    kill.stdin(Stdio::null()).stderr(Stdio::null());
    // Without the program, the report goes on without the step's end.
    drop(kill.status());
}

fn parse(lines: &str) -> Vec<Process> {
    let process = |line: &str| {
        let (id, rest) = line.trim().split_once(' ')?;
        let (parent, line) = rest.trim_start().split_once(' ')?;
        Some(Process {
            id: id.parse().ok()?,
            parent: parent.parse().ok()?,
            line: line.to_owned(),
        })
    };
    lines.lines().filter_map(process).collect()
}

fn below(id: u32, all: &[Process]) -> Vec<Process> {
    let mut family: Vec<_> = all.iter().filter(|p| p.id == id).cloned().collect();
    let mut at = 0;
    while let Some(parent) = family.get(at).map(|process| process.id) {
        // A process is its own parent nowhere but in a broken list.
        let is_new = |p: &&Process| p.parent == parent && family.iter().all(|f| f.id != p.id);
        let children: Vec<_> = all.iter().filter(is_new).cloned().collect();
        family.extend(children);
        at += 1;
    }
    family
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_has_every_generation_and_nobody_else() {
        let list = "    1     0 /sbin/init\n\
             10     1 cargo test\n\
             11    10 deps/live --skip it\n\
             12    11 nginx -c a file\n\
             20     1 another\n\
             13    10 rustc\n";
        let family = below(10, &parse(list));
        let lines: Vec<_> = family.iter().map(|process| &*process.line).collect();
        let expected = [
            "cargo test",
            "deps/live --skip it",
            "rustc",
            "nginx -c a file",
        ];
        assert_eq!(lines, expected);
        assert!(below(2, &parse(list)).is_empty());
        assert_eq!(below(7, &parse("7 7 itself\n")).len(), 1);
    }
}
