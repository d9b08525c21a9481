//! The thread of a call of the application.

use std::{
    fmt,
    thread::{self, Thread},
};

/// The thread of a call of the application.
#[derive(Clone, Debug)]
pub(crate) struct CallingThread {
    thread: Thread,
    /// The number by which tools of the system know it, if the system says it.
    #[cfg(target_os = "linux")]
    number: Option<u32>,
}

impl CallingThread {
    pub(crate) fn current() -> Self {
        Self {
            thread: thread::current(),
            #[cfg(target_os = "linux")]
            number: linux::number(),
        }
    }
}

impl fmt::Display for CallingThread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.thread.name().unwrap_or("without a name"))?;
        #[cfg(target_os = "linux")]
        if let Some(number) = self.number {
            write!(f, " ({number})")?;
        }
        Ok(())
    }
}

/// The number of this thread, if the system says it.
pub(crate) fn number() -> Option<u32> {
    #[cfg(target_os = "linux")]
    return linux::number();
    #[cfg(not(target_os = "linux"))]
    None
}

#[cfg(target_os = "linux")]
mod linux {
    use std::{fs, path::Path};

    thread_local! {
        /// The number of this thread, which stays the same.
        static NUMBER: Option<u32> = read();
    }

    pub(super) fn number() -> Option<u32> {
        NUMBER.with(|&number| number)
    }

    /// Reads `PROCESS/task/THREAD` of proc(5). The part of rustix with gettid(2) takes longer to
    /// compile than all other parts that the server uses.
    fn read() -> Option<u32> {
        let link = fs::read_link("/proc/thread-self").ok()?;
        Path::new(link.file_name()?).to_str()?.parse().ok()
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_thread_is_shown_with_its_name_and_its_own_number() {
        let show = || CallingThread::current().to_string();
        let thread = thread::Builder::new().name("loop 1".to_owned());
        let thread = thread.spawn(move || (show(), show())).unwrap();
        let (first, again) = thread.join().unwrap();
        assert_eq!(first, again);
        let number = first.strip_prefix("loop 1 (").unwrap();
        let number: u32 = number.strip_suffix(')').unwrap().parse().unwrap();
        assert_ne!(number, std::process::id(), "that of the first thread");
        assert_ne!(CallingThread::current().number, Some(number));
    }
}
