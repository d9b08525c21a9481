//! Settings that contradict each other.

use std::{error::Error, fmt};

use wsgi_environ::MethodMistake;

/// The reason why a [`CorsPolicy`](crate::CorsPolicy) cannot be built.
///
/// ```
/// use wsgi_middleware::{CorsError, CorsPolicy};
///
/// assert_eq!(CorsPolicy::builder().build().unwrap_err(), CorsError::NoOrigin);
/// let methods = CorsPolicy::builder().any_origin().methods(["*"]).build();
/// assert_eq!(methods.unwrap_err(), CorsError::Method("*".to_owned()));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CorsError {
    /// No origin is allowed. Name one, or leave the middleware out.
    NoOrigin,
    /// Any origin is allowed, and others are named as well.
    AnyOriginAndOthers,
    /// Any origin is allowed with credentials, so that every page could read what a user may read.
    /// Name the origins.
    AnyOriginWithCredentials,
    /// A method is not a token, or is a standard one that is not in capitals, or one that pages
    /// never send: CONNECT, TRACE or TRACK. Any method is allowed by `any_method`, and not by `*`.
    Method(String),
    /// The name of a field is not a token. Any field is allowed by `any_header`, and not by `*`.
    Header(String),
    /// A page cannot set this field, whatever is allowed: browsers set it. Leave it out. For
    /// cookies, allow [`credentials`](crate::CorsPolicyBuilder::credentials).
    UnsettableHeader(String),
    /// A page cannot read this field, whatever is exposed: `Set-Cookie`. Send in another field what
    /// the page needs.
    UnreadableHeader(String),
    /// Any method is allowed, and others are named as well.
    AnyMethodAndOthers,
    /// Any field is allowed, and others are named as well.
    AnyHeaderAndOthers,
}

impl fmt::Display for CorsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoOrigin => "no origin is allowed",
            Self::AnyOriginAndOthers => "any origin is allowed, and others are named",
            Self::AnyOriginWithCredentials => "any origin is allowed with credentials",
            Self::Method(name) => {
                return match MethodMistake::of(name) {
                    Some(mistake) => write!(f, "{name:?} is not a method: {mistake}"),
                    None => write!(f, "{name:?} is not a method that pages send"),
                };
            }
            Self::Header(name) => return write!(f, "{name:?} is not the name of a field"),
            Self::UnsettableHeader(name) => {
                let advice = match name.eq_ignore_ascii_case("Cookie") {
                    true => "allow credentials",
                    false => "leave it out",
                };
                return write!(f, "pages cannot set the field {name:?}: {advice}");
            }
            Self::UnreadableHeader(name) => {
                return write!(f, "pages cannot read the field {name:?}: leave it out");
            }
            Self::AnyMethodAndOthers => "any method is allowed, and others are named",
            Self::AnyHeaderAndOthers => "any field is allowed, and others are named",
        })
    }
}

impl Error for CorsError {}
