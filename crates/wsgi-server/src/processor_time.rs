//! The processor's time.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// The time for which the processor has run this thread. To find it out takes a system call.
pub(crate) fn of_this_thread() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::try_from(time).unwrap_or_default()
}

/// The time for which this thread could have run, but other threads had the processors; zero if the
/// system does not tell it. This takes a system call, and a descriptor for as long as the thread
/// lives.
#[cfg(target_os = "linux")]
pub(crate) fn lacked_by_this_thread() -> Duration {
    use std::{fs::File, os::unix::fs::FileExt};

    thread_local! {
        /// As long as it is open, one read is all it takes.
        static TIMES: Option<File> = File::open("/proc/thread-self/schedstat").ok();
    }

    let mut text = [0; 64];
    let read = TIMES.try_with(|times| times.as_ref()?.read_at(&mut text, 0).ok());
    let length = read.ok().flatten().unwrap_or(0);
    lacked(&text[..length])
}

/// No other system tells it.
#[cfg(not(target_os = "linux"))]
pub(crate) fn lacked_by_this_thread() -> Duration {
    Duration::ZERO
}

/// The second of three numbers, which is in nanoseconds.
#[cfg(target_os = "linux")]
fn lacked(times: &[u8]) -> Duration {
    let mut numbers = times.split(|&byte| byte == b' ');
    let number = numbers
        .nth(1)
        .and_then(|number| std::str::from_utf8(number).ok());
    let nanoseconds = number.and_then(|number| number.parse().ok());
    Duration::from_nanos(nanoseconds.unwrap_or(0))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_time_that_a_thread_lacks_is_the_second_number() {
        let rows: [(&[u8], u64); 4] = [
            (b"287549026 1944323217 117\n", 1_944_323_217),
            (b"1 0 1\n", 0),
            (b"", 0),
            (b"1 x 1\n", 0),
        ];
        for (text, nanoseconds) in rows {
            assert_eq!(lacked(text), Duration::from_nanos(nanoseconds), "{text:?}");
        }
    }

    #[test]
    fn a_thread_lacks_no_more_time_than_has_passed() {
        let (began, before) = (crate::instant::Instant::now(), lacked_by_this_thread());
        while of_this_thread() < Duration::from_millis(1) {}
        std::thread::yield_now();
        let lacked = lacked_by_this_thread() - before;
        assert!(lacked <= began.elapsed(), "{lacked:?}");
    }
}
