//! The role of an application.

/// The role in which a web server addresses an application (sections 5.1 and 6).
///
/// [`RequestHead`](crate::RequestHead) accepts requests for a Responder, and if
/// [`Limits`](crate::Limits::accept_authorizers) say so, for an Authorizer. It answers all others,
/// including those with an unknown number, with
/// [`ProtocolStatus::UnknownRole`](crate::ProtocolStatus).
///
/// ```
/// use wsgi_fastcgi::Role;
///
/// assert_eq!(Role::RESPONDER, Role(1));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Role(pub u16);

impl Role {
    /// The application answers a request, like a CGI program (section 6.2).
    pub const RESPONDER: Self = Self(1);
    /// The application decides whether a request is allowed (section 6.3).
    pub const AUTHORIZER: Self = Self(2);
    /// The application answers with a filtered file (section 6.4).
    pub const FILTER: Self = Self(3);
}
