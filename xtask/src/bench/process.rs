//! The kernel's counters of a process, from `/proc` (proc(5)).

use std::{
    collections::HashMap,
    fs,
    io::{self, ErrorKind},
    path::PathBuf,
    time::Duration,
};

/// A running process, by its id.
#[derive(Clone, Copy, Debug)]
pub(super) struct Process(pub(super) u32);

/// The values of a counter at one moment, one for each thread.
#[derive(Debug)]
pub(super) struct Counters(HashMap<String, u64>);

impl Process {
    /// The nanoseconds that each thread has run: the first number of its `schedstat`.
    pub(super) fn cpu_time(self) -> io::Result<Counters> {
        self.counters("schedstat", |text| {
            text.split_whitespace().next()?.parse().ok()
        })
    }

    /// The number of voluntary sleeps of each thread, after each of which it was woken.
    pub(super) fn wake_ups(self) -> io::Result<Counters> {
        self.counters("status", |text| field(text, "voluntary_ctxt_switches:"))
    }

    /// The number of context switches of each thread.
    pub(super) fn switches(self) -> io::Result<Counters> {
        self.counters("status", |text| {
            let voluntary = field(text, "voluntary_ctxt_switches:")?;
            Some(voluntary + field(text, "nonvoluntary_ctxt_switches:")?)
        })
    }

    /// The number of threads.
    pub(super) fn threads(self) -> io::Result<u64> {
        let status = fs::read_to_string(self.path("status"))?;
        field(&status, "Threads:").ok_or_else(|| unreadable("status"))
    }

    /// Resident memory in bytes, counted exactly.
    pub(super) fn resident(self) -> io::Result<u64> {
        let rollup = fs::read_to_string(self.path("smaps_rollup"))?;
        let kilobytes: u64 = field(&rollup, "Rss:").ok_or_else(|| unreadable("smaps_rollup"))?;
        Ok(kilobytes * 1024)
    }

    /// The process and its children.
    pub(super) fn with_children(self) -> io::Result<Vec<Self>> {
        let file = format!("task/{}/children", self.0);
        let text = fs::read_to_string(self.path(&file))?;
        let children = text.split_whitespace().filter_map(|id| id.parse().ok());
        Ok([self].into_iter().chain(children.map(Self)).collect())
    }

    fn path(self, file: &str) -> PathBuf {
        ["/proc", &self.0.to_string(), file].iter().collect()
    }

    /// Reads a number from a file of each thread.
    fn counters(self, file: &str, number: impl Fn(&str) -> Option<u64>) -> io::Result<Counters> {
        let mut counters = HashMap::new();
        for task in fs::read_dir(self.path("task"))? {
            let task = task?;
            match fs::read_to_string(task.path().join(file)) {
                Ok(text) => {
                    let number = number(&text).ok_or_else(|| unreadable(file))?;
                    counters.insert(task.file_name().to_string_lossy().into_owned(), number);
                }
                // The thread has ended meanwhile: not found, or no such process (ESRCH).
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) if error.raw_os_error() == Some(3) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Counters(counters))
    }
}

impl Counters {
    /// The increase since `earlier`, over all threads.
    ///
    /// Threads that have ended meanwhile are not included.
    pub(super) fn since(&self, earlier: &Self) -> u64 {
        self.0
            .iter()
            .map(|(task, now)| now - earlier.0.get(task).copied().unwrap_or(0).min(*now))
            .sum()
    }
}

/// The CPU time of all children of this process that have ended, and of their children.
pub(super) fn ended_children() -> io::Result<Duration> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    children_time(&stat).ok_or_else(|| unreadable("stat"))
}

/// The sum of `cutime` and `cstime`, which count hundredths of a second.
fn children_time(stat: &str) -> Option<Duration> {
    // The name of the program, in brackets, may contain anything.
    let (_, after_name) = stat.rsplit_once(')')?;
    let mut times = after_name.split_whitespace().skip(13);
    let user: u64 = times.next()?.parse().ok()?;
    let system: u64 = times.next()?.parse().ok()?;
    Some(Duration::from_millis((user + system) * 10))
}

/// The number after a label at the start of a line.
fn field(text: &str, label: &str) -> Option<u64> {
    let rest = text.lines().find_map(|line| line.strip_prefix(label))?;
    rest.split_whitespace().next()?.parse().ok()
}

fn unreadable(file: &str) -> io::Error {
    io::Error::new(
        ErrorKind::InvalidData,
        format!("/proc has an unknown form of {file}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_found_by_its_whole_label() {
        let status = "nonvoluntary_ctxt_switches:\t9\nvoluntary_ctxt_switches:\t7\nRss:  12 kB\n";
        assert_eq!(field(status, "voluntary_ctxt_switches:"), Some(7));
        assert_eq!(field(status, "Rss:"), Some(12));
        assert_eq!(field(status, "Threads:"), None);
    }

    #[test]
    fn the_time_of_children_follows_that_of_the_process() {
        let stat = "7 (a ) b) S 1 1 1 0 -1 4194560 1 2 0 0 11 12 150 25 20 0 1 0 9";
        assert_eq!(children_time(stat), Some(Duration::from_millis(1750)));
        assert_eq!(children_time("7 (a) S 1"), None);
        assert!(ended_children().is_ok());
    }

    #[test]
    fn a_thread_that_came_later_counts_from_zero() {
        let earlier = Counters(HashMap::from([("1".into(), 10), ("2".into(), 5)]));
        let later = Counters(HashMap::from([("1".into(), 12), ("3".into(), 4)]));
        assert_eq!(later.since(&earlier), 6);
    }

    #[test]
    fn this_process_has_threads_and_memory() {
        let this = Process(std::process::id());
        assert!(this.threads().unwrap() >= 1);
        assert!(this.resident().unwrap() > 0);
        assert!(!this.cpu_time().unwrap().0.is_empty());
        assert!(!this.wake_ups().unwrap().0.is_empty());
    }
}
