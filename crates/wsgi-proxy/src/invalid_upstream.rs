//! The error of an upstream server that cannot be one.

use std::{error, fmt};

/// The reason for which a URL does not name an upstream server, or a setting does not fit one.
///
/// It is the caller's fault, and never that of a request.
///
/// ```
/// use wsgi_proxy::{InvalidUpstream, Proxy};
///
/// let error = Proxy::new("ftp://127.0.0.1/").unwrap_err();
/// assert_eq!(error, InvalidUpstream::Scheme);
/// assert!(error.to_string().starts_with("the URL of an upstream server begins with http://"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum InvalidUpstream {
    /// The URL has another scheme than `http`, or than `https` with the feature `tls`; or none.
    Scheme,
    /// The URL has a user's name or password, which would be sent to nobody.
    Credentials,
    /// The host is empty or malformed, or the port is not a number from 1 to 65535. With `https`,
    /// it must be a name of DNS or an IP address, since the certificate is for one.
    Host,
    /// The path has a character that no URL has, a malformed escape, or a segment `.` or `..`.
    Path,
    /// The URL has a query or a fragment. Those of the requests are passed on.
    QueryOrFragment,
    /// The text has no certificate, or a malformed one.
    Certificates,
}

impl fmt::Display for InvalidUpstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Scheme => {
                "the URL of an upstream server begins with http://, or https:// with the feature \
                 tls"
            }
            Self::Credentials => "the URL of an upstream server has no user and no password",
            Self::Host => {
                "the host of an upstream server is a name or an IP address, maybe with a port from \
                 1 to 65535"
            }
            Self::Path => {
                "the path of an upstream server's URL is encoded, without segments . and .."
            }
            Self::QueryOrFragment => "the URL of an upstream server has no query and no fragment",
            Self::Certificates => "the PEM file has no certificate, or a malformed one",
        })
    }
}

impl error::Error for InvalidUpstream {}
