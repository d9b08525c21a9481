//! The length to which the system lets this process write files.

use std::io;

use rustix::io::Errno;

/// The length to which this process may write a file (setrlimit(2)). For a write beyond it, the
/// system would end the process, by the signal SIGXFSZ.
#[derive(Clone, Copy, Debug)]
pub(super) struct FileLimit(Option<u64>);

impl FileLimit {
    /// The limit now. There is none if the system does not tell, as without `/proc`.
    #[cfg(target_os = "linux")]
    pub(super) fn now() -> Self {
        // Not getrlimit(2): what rustix has with it takes longer to compile than the codecs.
        let limits = std::fs::read_to_string("/proc/self/limits");
        Self(limits.ok().and_then(|limits| told(&limits)))
    }

    /// The limit now.
    #[cfg(not(target_os = "linux"))]
    pub(super) fn now() -> Self {
        use rustix::process::{Resource, getrlimit};

        Self(getrlimit(Resource::Fsize).current)
    }

    /// Refuses a length beyond the limit.
    pub(super) fn check(self, length: u64) -> io::Result<()> {
        match self.0 {
            Some(limit) if length > limit => Err(Errno::FBIG.into()),
            _ => Ok(()),
        }
    }
}

/// The limit in the text of the system (proc_pid_limits(5)). `None` if it is unlimited.
#[cfg(target_os = "linux")]
fn told(limits: &str) -> Option<u64> {
    let mut lines = limits.lines();
    let soft_and_hard = lines.find_map(|line| line.strip_prefix("Max file size "))?;
    soft_and_hard.split_whitespace().next()?.parse().ok()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_soft_limit_is_taken() {
        let limits = |soft| {
            format!(
                "Limit                     Soft Limit           Hard Limit           Units     \n\
                 Max cpu time              7                    9                    seconds   \n\
                 Max file size             {soft:<20} unlimited            bytes     \n"
            )
        };
        assert_eq!(told(&limits("8192")), Some(8192));
        assert_eq!(told(&limits("unlimited")), None);
        assert_eq!(told(""), None);
        let own = std::fs::read_to_string("/proc/self/limits").unwrap();
        assert!(own.contains("\nMax file size "), "{own}");
    }

    #[test]
    fn a_length_beyond_the_limit_is_refused() {
        let limit = FileLimit(Some(8));
        assert!(limit.check(8).is_ok());
        let error = limit.check(9).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
        assert!(FileLimit(None).check(u64::MAX).is_ok());
    }
}
