//! The reasons for which the server turns something down.

/// The reason why a connection was refused.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ConnectionReason {
    AddressLimit,
    NotAllowed,
    ProxyProtocol,
    Overload,
}

/// The reason why a request was refused.
#[derive(Clone, Copy, Debug)]
pub(crate) enum RequestReason {
    Invalid,
    NotTls,
    Timeout,
    Truncated,
    Connect,
    Misdirected,
    Variables,
    TooLarge,
    NoRoom,
    Overload,
    Storage,
}
