//! The labels of the reasons for which the server turns something down.

use std::io;

use rustix::io::Errno;

pub(crate) use crate::refusals::{ConnectionReason, RequestReason};

impl ConnectionReason {
    pub(crate) const LABELS: [&str; 4] =
        ["address_limit", "not_allowed", "proxy_protocol", "overload"];
}

impl RequestReason {
    pub(crate) const LABELS: [&str; 11] = [
        "invalid",
        "not_tls",
        "timeout",
        "truncated",
        "connect",
        "misdirected",
        "variables",
        "too_large",
        "no_room",
        "overload",
        "storage",
    ];
}

/// The labels of errors of accept(2).
pub(crate) const ACCEPT_ERRORS: [&str; 4] = ["descriptors", "memory", "connection", "other"];

/// The index in [`ACCEPT_ERRORS`]. `is_client` tells that the client failed before its turn.
pub(crate) fn accept_error_index(error: &io::Error, is_client: bool) -> usize {
    match Errno::from_io_error(error) {
        Some(Errno::MFILE | Errno::NFILE) => 0,
        Some(Errno::NOBUFS | Errno::NOMEM) => 1,
        _ if is_client => 2,
        _ => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_of_accepting_is_counted_by_what_is_missing() {
        for (errno, is_client, label) in [
            (Errno::MFILE, false, "descriptors"),
            (Errno::NFILE, false, "descriptors"),
            (Errno::NOBUFS, false, "memory"),
            (Errno::NOMEM, false, "memory"),
            (Errno::CONNABORTED, true, "connection"),
            (Errno::PERM, true, "connection"),
            (Errno::INVAL, false, "other"),
        ] {
            let index = accept_error_index(&errno.into(), is_client);
            assert_eq!(ACCEPT_ERRORS[index], label, "{errno}");
        }
    }
}
