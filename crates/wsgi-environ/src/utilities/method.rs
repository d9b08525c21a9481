//! Methods that every program may be asked for.

use std::fmt;

use wsgi_headers::is_token;

/// Whether it is a method of RFC 9110 section 9.3, PATCH (RFC 5789) or QUERY (RFC 10008). Methods
/// are case-sensitive, so `get` is none.
///
/// If a resource lacks one of these, the answer is 405 with `Allow`. If no resource of an
/// application has another method, the answer to that is 501 (RFC 9110 section 9.1).
///
/// ```
/// use wsgi_environ::is_standard_method;
///
/// assert!(is_standard_method("PATCH"));
/// assert!(!is_standard_method("PROPFIND"));
/// assert!(!is_standard_method("get"));
/// ```
#[must_use]
pub fn is_standard_method(method: impl AsRef<[u8]>) -> bool {
    matches!(
        method.as_ref(),
        b"GET"
            | b"HEAD"
            | b"POST"
            | b"PUT"
            | b"DELETE"
            | b"CONNECT"
            | b"OPTIONS"
            | b"TRACE"
            | b"PATCH"
            | b"QUERY"
    )
}

/// A mistake in a method that a program compares with `REQUEST_METHOD`.
///
/// ```
/// use wsgi_environ::MethodMistake;
///
/// assert_eq!(MethodMistake::of("PATCH"), None);
/// assert_eq!(MethodMistake::of("version-control"), None);
/// assert_eq!(MethodMistake::of("GET, POST"), Some(MethodMistake::NotAToken));
/// let mistake = MethodMistake::of("Patch").expect("another method than PATCH");
/// assert_eq!(mistake.to_string(), "methods are case-sensitive, and this one is PATCH");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum MethodMistake {
    /// It is not a token, so no request has it (RFC 9110 section 9.1).
    NotAToken,
    /// It is a [standard method](is_standard_method), which is written in capitals, such as this.
    NotInCapitals(String),
}

impl MethodMistake {
    /// Finds the mistake in a method, if there is one.
    #[must_use]
    pub fn of(method: &str) -> Option<Self> {
        if !is_token(method.as_bytes()) {
            return Some(Self::NotAToken);
        }
        let capitals = method.to_ascii_uppercase();
        let is_other = capitals != method && is_standard_method(&capitals);
        is_other.then_some(Self::NotInCapitals(capitals))
    }
}

impl fmt::Display for MethodMistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAToken => f.write_str("a method is a token, without spaces and commas"),
            Self::NotInCapitals(capitals) => {
                write!(f, "methods are case-sensitive, and this one is {capitals}")
            }
        }
    }
}
