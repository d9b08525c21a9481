//! The versions of TLS.

use rustls::{
    SupportedProtocolVersion,
    version::{TLS12, TLS13},
};

static ALL: [&SupportedProtocolVersion; 2] = [&TLS13, &TLS12];

/// A version of TLS that this server speaks: the least one that it accepts
/// ([`TlsBuilder::min_version`](crate::TlsBuilder::min_version)).
///
/// ```
/// use wsgi_server::TlsVersion;
///
/// assert!(TlsVersion::V1_2 < TlsVersion::V1_3);
/// assert_eq!(TlsVersion::default(), TlsVersion::V1_2);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum TlsVersion {
    /// TLS 1.2 (RFC 5246), only with forward secrecy and authenticated encryption.
    #[default]
    V1_2,
    /// TLS 1.3 (RFC 8446).
    V1_3,
}

impl TlsVersion {
    /// This version and all later ones.
    pub(crate) fn and_later(self) -> &'static [&'static SupportedProtocolVersion] {
        match self {
            Self::V1_2 => &ALL,
            Self::V1_3 => &ALL[..1],
        }
    }
}
