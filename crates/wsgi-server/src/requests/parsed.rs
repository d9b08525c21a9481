//! The result of parsing a head, and the body that follows it.

/// The result of a parse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Parsed {
    Incomplete,
    /// This many bytes were consumed but are not a request.
    #[cfg_attr(
        not(feature = "fastcgi"),
        expect(dead_code, reason = "only records can")
    )]
    Passed(usize),
    /// A head of this many bytes.
    Complete(usize),
}

/// The body that follows a head.
#[derive(Debug)]
pub(crate) enum Body {
    None,
    /// This many bytes, not encoded.
    Plain(u64),
    /// A body that must be decoded, with its length if that is known.
    Coded(Option<u64>),
}

impl Body {
    /// A body of this many bytes, not encoded.
    #[cfg(any(feature = "scgi", feature = "uwsgi"))]
    pub(crate) fn of_length(length: u64) -> Self {
        match length {
            0 => Self::None,
            length => Self::Plain(length),
        }
    }
}
