//! The end of a request in the protocol.

/// The way in which a request has ended in the protocol (section 5.5). Its status in HTTP is in the
/// response.
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
    /// The request was answered.
    RequestComplete = 0,
    /// The request was refused: this connection already has another one.
    CantMpxConn = 1,
    /// The request was refused: the application is overloaded.
    Overloaded = 2,
    /// The request was refused: the application does not have the requested role.
    UnknownRole = 3,
}
