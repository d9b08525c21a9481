//! How a request ended, as far as the protocol goes.

/// How a request ended, as far as the protocol goes (section 5.5); what became of it in HTTP is
/// in the response.
///
/// ```
/// use wsgi_fastcgi::{ProtocolStatus, encode};
///
/// let mut out = Vec::new();
/// encode::end_request(&mut out, 1, 0, ProtocolStatus::Overloaded);
/// assert_eq!(out[12], 2);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum ProtocolStatus {
    /// It was answered.
    RequestComplete = 0,
    /// It was refused: this connection has another request already.
    CantMpxConn = 1,
    /// It was refused: the application has no room for it.
    Overloaded = 2,
    /// It was refused: the application does not have the role it asks for.
    UnknownRole = 3,
}
