//! The identity of a process, which tells whether it is still there.

use std::{fs, io, process};

/// The mark of a text that is an identity, and no page.
const MARK: &str = "process ";

/// A process among all that the system has had: its id, which another one may get after its end,
/// and the time of its start.
///
/// Only Linux tells these times, in `/proc`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    id: u32,
    /// In the system's ticks since its own start.
    started: u64,
}

impl Identity {
    /// The identity of this process; `None` if the system does not tell it.
    pub(crate) fn own() -> Option<Self> {
        let id = process::id();
        let started = start(&status(id).ok()?)?;
        Some(Self { id, started })
    }

    /// The identity that a process tells in this text, if it tells one.
    pub(crate) fn told(text: &str) -> Option<Self> {
        let (id, started) = text.strip_prefix(MARK)?.split_once(' ')?;
        Some(Self {
            id: id.parse().ok()?,
            started: started.parse().ok()?,
        })
    }

    /// The text that tells it.
    pub(crate) fn text(self) -> String {
        format!("{MARK}{} {}", self.id, self.started)
    }

    /// Whether this process has ended. If the system does not say, it has not.
    pub(crate) fn has_ended(self) -> bool {
        match status(self.id) {
            Ok(status) => start(&status) != Some(self.started),
            Err(error) => error.kind() == io::ErrorKind::NotFound,
        }
    }
}

/// The system's line about a process.
fn status(id: u32) -> io::Result<String> {
    // The program's name in it may be any bytes.
    let status = fs::read(format!("/proc/{id}/stat"))?;
    Ok(String::from_utf8_lossy(&status).into_owned())
}

/// The time of the start of a process, unless it has ended and waits for its parent.
fn start(status: &str) -> Option<u64> {
    let (_, fields) = status.rsplit_once(") ")?;
    let mut fields = fields.split(' ');
    if matches!(fields.next()?, "Z" | "X") {
        return None;
    }
    fields.nth(18)?.parse().ok()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn a_process_has_ended_before_its_parent_knows() {
        let mut child = Command::new("cat")
            .stdin(Stdio::piped())
            .spawn()
            .expect("cat");
        let id = child.id();
        let started = start(&status(id).expect("a status")).expect("a start");
        let identity = Identity { id, started };
        assert_eq!(Identity::told(&identity.text()), Some(identity));
        assert!(!identity.has_ended());
        let other = Identity {
            id,
            started: started - 1,
        };
        assert!(other.has_ended(), "another process has its id");
        child.kill().expect("a kill");
        while !identity.has_ended() {
            std::thread::yield_now();
        }
        child.wait().expect("its end");
        assert!(identity.has_ended());
    }

    #[test]
    fn a_name_may_look_like_the_fields_after_it() {
        let fields = "S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4711 20";
        assert_eq!(start(&format!("7 (a) Z 1) {fields}")), Some(4711));
        assert_eq!(start("7 (a"), None);
        assert_eq!(start("7 (a) S 1 2"), None);
    }

    #[test]
    fn a_page_tells_no_identity() {
        for text in ["", "# HELP a A.\n", "process ", "process 1", "process 1 x"] {
            assert_eq!(Identity::told(text), None, "{text:?}");
        }
    }
}
