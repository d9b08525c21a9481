//! The need for a client certificate.

/// The need for a client certificate, if there are
/// [authorities](crate::TlsBuilder::client_authorities_file) for them.
///
/// ```
/// use wsgi_server::ClientAuth;
///
/// assert_eq!(ClientAuth::default(), ClientAuth::Required);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ClientAuth {
    /// A client may connect without a certificate. The application sees by `SSL_CLIENT_VERIFY`
    /// whether there is one. A certificate that does not verify ends the handshake.
    Optional,
    /// A client without a certificate cannot connect.
    #[default]
    Required,
}
