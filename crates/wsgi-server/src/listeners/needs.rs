//! The needs of a socket in the process that takes over.

/// The settings of a listener that are not passed on with its socket, because the new process may
/// have others: whether it has them at all. Without TLS, or without the PROXY protocol, a process
/// would answer the same clients in a way that they do not expect, or believe.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Needs {
    pub(crate) tls: bool,
    pub(crate) proxies: bool,
}
