//! What an application is asked to do.

/// What a web server asks an application to do (sections 5.1 and 6).
///
/// [`RequestHead`](crate::RequestHead) takes requests for a Responder; it answers all others, and
/// numbers that are no role, with [`ProtocolStatus::UnknownRole`](crate::ProtocolStatus).
///
/// ```
/// use wsgi_fastcgi::Role;
///
/// assert_eq!(Role::RESPONDER, Role(1));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Role(pub u16);

impl Role {
    /// To respond to a request, as a CGI program does (section 6.2).
    pub const RESPONDER: Role = Role(1);
    /// To decide whether a request is allowed (section 6.3).
    pub const AUTHORIZER: Role = Role(2);
    /// To respond with a file, filtered (section 6.4).
    pub const FILTER: Role = Role(3);
}
