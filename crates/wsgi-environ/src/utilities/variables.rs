//! The trait for sets of variables.

use std::{
    collections::{BTreeMap, HashMap},
    hash::BuildHasher,
};

use wsgi_headers::Value;

/// A set of CGI variables, for [`application_uri`](crate::application_uri) and the other utilities.
///
/// In a map of strings, `wsgi.url_scheme` is an ordinary entry. In an
/// [`Environ`](crate::Environ) it is [`Environ::url_scheme`](crate::Environ::url_scheme).
///
/// ```
/// use std::collections::BTreeMap;
/// use wsgi_environ::{Environ, Value, Variables};
///
/// fn is_post(environ: &impl Variables) -> bool {
///     environ.variable("REQUEST_METHOD").is_some_and(|method| method == "POST")
/// }
///
/// let mut map = BTreeMap::new();
/// map.set_variable("REQUEST_METHOD", Value::from("POST"));
/// assert!(is_post(&map));
/// assert!(!is_post(&Environ::new()));
/// ```
pub trait Variables {
    /// The value of a variable. `None` if it is absent; an empty value is not absent.
    fn variable(&self, name: &str) -> Option<Value<'_>>;

    /// Sets a variable, and replaces its old value. A map of strings replaces bytes that are not
    /// UTF-8 with U+FFFD.
    fn set_variable(&mut self, name: &str, value: Value<'_>);
}

impl<S: BuildHasher> Variables for HashMap<String, String, S> {
    fn variable(&self, name: &str) -> Option<Value<'_>> {
        self.get(name).map(|value| Value::from(value.as_str()))
    }

    fn set_variable(&mut self, name: &str, value: Value<'_>) {
        self.insert(name.to_owned(), value.to_string_lossy().into_owned());
    }
}

impl Variables for BTreeMap<String, String> {
    fn variable(&self, name: &str) -> Option<Value<'_>> {
        self.get(name).map(|value| Value::from(value.as_str()))
    }

    fn set_variable(&mut self, name: &str, value: Value<'_>) {
        self.insert(name.to_owned(), value.to_string_lossy().into_owned());
    }
}
