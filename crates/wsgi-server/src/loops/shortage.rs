//! A server's shortage when clients come.

/// The resource that is missing for a further client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shortage {
    ConnectionLimit,
    Descriptors,
}
