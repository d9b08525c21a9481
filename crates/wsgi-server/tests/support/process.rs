//! Tests that need a process of their own, and the figures of that process.

use std::{
    fs,
    process::{Child, Command, ExitStatus},
    sync::Once,
};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::eventually;

/// More descriptors than the tests of one program need together. macOS accepts no more.
const MANY: u64 = 10_240;

/// Lets this process have more than 256 descriptors, the limit on macOS unless it asks.
pub(crate) fn raise_limit() {
    static RAISED: Once = Once::new();
    RAISED.call_once(|| {
        let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
        let highest = maximum.map_or(MANY, |maximum| maximum.min(MANY));
        if current.is_some_and(|current| current < highest) {
            let current = Some(highest);
            setrlimit(Resource::Nofile, Rlimit { current, maximum }).unwrap();
        }
    });
}

/// Runs an ignored test in a process with this many descriptors. Returns what it prints.
#[track_caller]
pub(crate) fn in_a_process(test: &str, descriptors: u64) -> String {
    let this = std::env::current_exe().unwrap();
    let script =
        format!("ulimit -n {descriptors} && exec \"$0\" --exact {test} --ignored --nocapture");
    let output = Command::new("sh")
        .arg("-c")
        .arg(script)
        .arg(this)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success(), "{text}");
    assert!(text.contains("1 passed"), "{text}");
    text
}

/// Waits until a process has ended. One that does not is killed.
#[track_caller]
pub(crate) fn ended(process: &mut Child) -> ExitStatus {
    struct Killed<'c>(&'c mut Child);
    impl Drop for Killed<'_> {
        fn drop(&mut self) {
            let _ = self.0.kill(); // unless it has ended
            let _ = self.0.wait();
        }
    }
    let process = Killed(process);
    let mut status = None;
    eventually("the process ends", || {
        status = process.0.try_wait().unwrap();
        status.is_some()
    });
    status.unwrap()
}

/// The number of descriptors of this process.
pub(crate) fn descriptors() -> usize {
    fs::read_dir("/proc/self/fd").unwrap().count()
}
