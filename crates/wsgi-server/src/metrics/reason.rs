//! The reasons for which the server turns something down, as labels.

use std::io;

use rustix::io::Errno;

use crate::responses::refusal::Refusal;

/// The reason why a connection was refused.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ConnectionReason {
    AddressLimit,
    ProxyProtocol,
    Overload,
}

impl ConnectionReason {
    pub(super) const LABELS: [&str; 3] = ["address_limit", "proxy_protocol", "overload"];
}

/// The labels of the reasons why a request was refused.
pub(super) const REFUSALS: [&str; 11] = [
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

/// The index in [`REFUSALS`]. `None` if it is not a request that was refused.
pub(super) fn refusal_index(refusal: &Refusal) -> Option<usize> {
    Some(match refusal {
        _ if refusal.is_abort() => return None,
        Refusal::Rejected(_) => 0,
        Refusal::InClear => 1,
        Refusal::TimedOut => 2,
        Refusal::Truncated => 3,
        Refusal::Connect => 4,
        Refusal::Misdirected => 5,
        Refusal::Variables(_) => 6,
        Refusal::TooLarge => 7,
        Refusal::Crowded => 8,
        Refusal::Overloaded => 9,
        Refusal::Storage { .. } => 10,
        // A connection, and a request that was not refused.
        Refusal::TooManyConnections | Refusal::Overdue => return None,
    })
}

/// The labels of errors of accept(2).
pub(super) const ACCEPT_ERRORS: [&str; 4] = ["descriptors", "memory", "connection", "other"];

/// The index in [`ACCEPT_ERRORS`]. `is_client` tells that the client failed before its turn.
pub(super) fn accept_error_index(error: &io::Error, is_client: bool) -> usize {
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
