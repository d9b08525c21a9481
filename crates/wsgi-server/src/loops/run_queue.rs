//! The time that a thread waits for a core.

use std::{
    thread::{self, ThreadId},
    time::Duration,
};

/// The time for which a thread has had a core, and for which it has waited for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Schedule {
    pub(super) ran: Duration,
    pub(super) waited: Duration,
}

/// The system's account of the thread that runs a loop, from one look to the next.
#[derive(Debug)]
pub(super) struct RunQueue {
    read: fn() -> Option<Schedule>,
    last: Option<(ThreadId, Schedule)>,
}

impl Default for RunQueue {
    fn default() -> Self {
        Self::new(system::read)
    }
}

impl RunQueue {
    /// The account that this function reads, of the present thread since its start.
    pub(super) fn new(read: fn() -> Option<Schedule>) -> Self {
        Self { read, last: None }
    }

    /// The times since the last look. `None` if the system does not tell, or if there was no look
    /// before on this thread.
    pub(super) fn look(&mut self) -> Option<Schedule> {
        let present = (thread::current().id(), (self.read)()?);
        let (thread, last) = self.last.replace(present)?;
        let (this, now) = present;
        (thread == this).then(|| Schedule {
            ran: now.ran.saturating_sub(last.ran),
            waited: now.waited.saturating_sub(last.waited),
        })
    }

    /// Forgets the last look.
    pub(super) fn forget(&mut self) {
        self.last = None;
    }
}

#[cfg(target_os = "linux")]
mod system {
    use std::{fs::File, io::Read, time::Duration};

    use super::Schedule;

    /// Reads the account of this thread, unless the kernel or a sandbox has none.
    pub(super) fn read() -> Option<Schedule> {
        let mut text = [0; 64];
        let mut file = File::open("/proc/thread-self/schedstat").ok()?;
        let length = file.read(&mut text).ok()?;
        parse(str::from_utf8(&text[..length]).ok()?)
    }

    /// Both times are in nanoseconds; a third number follows.
    fn parse(text: &str) -> Option<Schedule> {
        let mut numbers = text.split_ascii_whitespace();
        let mut next = || Some(Duration::from_nanos(numbers.next()?.parse().ok()?));
        Some(Schedule {
            ran: next()?,
            waited: next()?,
        })
    }

    #[test]
    fn an_account_has_two_times() {
        let schedule = |ran, waited| {
            let (ran, waited) = (Duration::from_nanos(ran), Duration::from_nanos(waited));
            Some(Schedule { ran, waited })
        };
        assert_eq!(parse("1500 20 3\n"), schedule(1500, 20));
        for text in ["", "1500", "1500 x 3\n", "-1 20 3\n"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn an_account_only_grows() {
        if let Some(before) = read() {
            let after = read().expect("it is still there");
            assert!(after.ran >= before.ran && after.waited >= before.waited);
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    /// Other systems do not tell.
    pub(super) fn read() -> Option<super::Schedule> {
        None
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    thread_local! {
        static LOOKS: Cell<u32> = const { Cell::new(0) };
    }

    fn read() -> Option<Schedule> {
        LOOKS.set(LOOKS.get() + 1);
        Some(Schedule {
            ran: Duration::from_millis(2) * LOOKS.get(),
            waited: Duration::from_millis(18) * LOOKS.get(),
        })
    }

    #[test]
    fn a_look_tells_what_was_since_the_last_one_on_the_same_thread() {
        let mut run_queue = RunQueue::new(read);
        assert_eq!(run_queue.look(), None);
        let expected = Schedule {
            ran: Duration::from_millis(2),
            waited: Duration::from_millis(18),
        };
        assert_eq!(run_queue.look(), Some(expected));
        run_queue.forget();
        assert_eq!(run_queue.look(), None);
        thread::scope(|scope| {
            let other = scope.spawn(|| run_queue.look());
            assert_eq!(other.join().unwrap(), None, "another thread has the loop");
        });
        assert_eq!(RunQueue::new(|| None).look(), None);
    }
}
