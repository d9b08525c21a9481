//! Messages about the current activity.

/// Prints the current activity to standard error, because a run takes minutes.
pub(super) fn progress(what: &str) {
    eprintln!("bench: {what}");
}
