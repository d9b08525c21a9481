//! Requests whose method has replaced the one that was sent.

use wsgi_application::Environ;
#[cfg(feature = "digest-auth")]
use wsgi_environ::Value;

/// The methods that a POST can ask for. None of them is safe (RFC 9110 section 9.2.1), so whatever
/// guards unsafe requests also guards these.
pub(crate) const METHODS: [&str; 3] = ["PUT", "PATCH", "DELETE"];

/// An extension of the environ: the method that a [`MethodOverride`](crate::MethodOverride) has
/// set in place of POST.
struct Overridden(&'static str);

/// Replaces the method of a POST.
pub(crate) fn override_method(environ: &mut Environ, method: &'static str) {
    environ.set("REQUEST_METHOD", method);
    environ.insert_extension(Overridden(method));
}

/// The method of a request if it has replaced the one that was sent. Middleware may have brought
/// the latter back.
pub(crate) fn overridden_method(environ: &Environ) -> Option<&'static str> {
    let Overridden(method) = environ.extension()?;
    (environ.request_method() == *method).then_some(method)
}

/// The method that the client sent, for one that the request has or had.
#[cfg(feature = "digest-auth")]
pub(crate) fn sent_method<'e>(environ: &'e Environ, method: Value<'e>) -> Value<'e> {
    match environ.extension() {
        Some(Overridden(other)) if method == *other => Value::new(b"POST"),
        _ => method,
    }
}

/// The methods that may replace a POST from another origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Overrides([bool; METHODS.len()]);

impl Overrides {
    pub(crate) const NONE: Self = Self([false; METHODS.len()]);
    pub(crate) const ALL: Self = Self([true; METHODS.len()]);

    pub(crate) fn of(allows: impl Fn(&str) -> bool) -> Self {
        Self(METHODS.map(allows))
    }

    pub(crate) fn allow(self, method: &str) -> bool {
        let mut methods = METHODS.iter().zip(self.0);
        methods.any(|(&other, is_allowed)| is_allowed && other == method)
    }

    /// Those that this or another one allows.
    pub(crate) fn or(self, other: Self) -> Self {
        Self::of(|method| self.allow(method) || other.allow(method))
    }
}
