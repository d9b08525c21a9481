//! The reason for which a header was refused.

use std::{error, fmt};

/// The reason for which a header was refused. It is always the peer's fault.
///
/// Close the connection without an answer (section 2.1): the peer speaks another protocol, or the
/// proxy is broken.
///
/// ```
/// use wsgi_proxy_protocol::{Header, Limits, Rejection};
///
/// let rejection = Header::parse(b"GET / HTTP/1.1\r\n", &Limits::new()).unwrap_err();
/// assert_eq!(rejection, Rejection::NotProxy);
/// assert_eq!(rejection.to_string(), "no PROXY protocol header");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Rejection {
    /// The bytes do not begin like a header of either version.
    NotProxy,
    /// A header of version 1 is malformed: it does not end with CRLF within 107 bytes, its protocol
    /// is none of `TCP4`, `TCP6` and `UNKNOWN`, or it does not have four more words.
    Line,
    /// An address of version 1 is malformed, or belongs to the other family.
    Address,
    /// A port of version 1 is not a number up to 65,535, or has a leading zero.
    Port,
    /// The version after the signature of version 2 is not 2.
    Version,
    /// The command of version 2 is neither `LOCAL` nor `PROXY`.
    Command,
    /// The address family or the transport protocol of version 2 is not assigned.
    Family,
    /// A header of version 2 is longer than the [limit](crate::Limits::max_header_bytes).
    TooLarge,
    /// A header of version 2 is too short for its addresses.
    Addresses,
    /// A TLV of version 2 is malformed, longer than the rest of the header, or longer or shorter
    /// than its type allows.
    Tlv,
    /// The checksum of version 2 is wrong, or there is more than one.
    Checksum,
}

impl Rejection {
    /// A short description for a log. It contains no bytes of the header.
    ///
    /// ```
    /// use wsgi_proxy_protocol::Rejection;
    ///
    /// assert_eq!(Rejection::NotProxy.reason(), "no PROXY protocol header");
    /// ```
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::NotProxy => "no PROXY protocol header",
            Self::Line => "malformed PROXY protocol line",
            Self::Address => "malformed address in a PROXY protocol line",
            Self::Port => "malformed port in a PROXY protocol line",
            Self::Version => "unknown version of the PROXY protocol",
            Self::Command => "unknown command of the PROXY protocol",
            Self::Family => "unknown address family of the PROXY protocol",
            Self::TooLarge => "PROXY protocol header too large",
            Self::Addresses => "PROXY protocol header too short for its addresses",
            Self::Tlv => "malformed TLV in a PROXY protocol header",
            Self::Checksum => "wrong checksum of a PROXY protocol header",
        }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason())
    }
}

impl error::Error for Rejection {}
