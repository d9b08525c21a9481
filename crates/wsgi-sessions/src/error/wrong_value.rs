//! Error for a value of the wrong type.

use std::{error::Error, fmt};

use serde_json::Value;

/// A session's value of the wrong type. It says which value and which types, but never shows the
/// value, because errors end up in logs.
///
/// ```
/// use std::time::SystemTime;
/// use wsgi_sessions::{Cookies, Error, MemoryStore, Scheme, Sessions};
///
/// let sessions = Sessions::new(MemoryStore::new());
/// let session = sessions.open(&Cookies::default(), Scheme::Http, SystemTime::now());
/// session.insert("age", "thirty")?;
/// let Err(Error::Value(wrong)) = session.get::<u8>("age") else { panic!() };
/// assert_eq!(wrong.key(), "age");
/// assert_eq!(
///     wrong.to_string(),
///     "the session's value \"age\" is a string and cannot be read as u8",
/// );
/// # Ok::<_, Error>(())
/// ```
#[derive(Debug)]
pub struct WrongValue {
    key: String,
    type_name: &'static str,
    problem: Problem,
}

#[derive(Debug)]
enum Problem {
    /// The kind of the stored value.
    Is(&'static str),
    Unwritable,
    TooDeep,
}

impl WrongValue {
    /// The key of the value.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The Rust type that was requested, or given.
    ///
    /// ```
    /// use std::time::SystemTime;
    /// use wsgi_sessions::{Cookies, Error, MemoryStore, Scheme, Sessions};
    ///
    /// let sessions = Sessions::new(MemoryStore::new());
    /// let session = sessions.open(&Cookies::default(), Scheme::Http, SystemTime::now());
    /// session.insert("age", "thirty")?;
    /// let Err(Error::Value(wrong)) = session.get::<u8>("age") else { panic!() };
    /// assert_eq!(wrong.type_name(), "u8");
    /// # Ok::<_, Error>(())
    /// ```
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        self.type_name
    }

    pub(crate) fn unreadable<T>(key: &str, found: &Value) -> Self {
        Self::of::<T>(key, Problem::Is(kind(found)))
    }

    pub(crate) fn unwritable<T>(key: &str) -> Self {
        Self::of::<T>(key, Problem::Unwritable)
    }

    pub(crate) fn too_deep<T>(key: &str) -> Self {
        Self::of::<T>(key, Problem::TooDeep)
    }

    fn of<T>(key: &str, problem: Problem) -> Self {
        Self {
            key: key.to_owned(),
            type_name: std::any::type_name::<T>(),
            problem,
        }
    }
}

impl fmt::Display for WrongValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, type_name, .. } = self;
        write!(f, "the session's value {key:?} ")?;
        match self.problem {
            Problem::Is(kind) => write!(f, "is {kind} and cannot be read as {type_name}"),
            Problem::Unwritable => write!(f, "is of {type_name}, which cannot be written as JSON"),
            Problem::TooDeep => write!(f, "is of {type_name}, which is nested too deeply"),
        }
    }
}

impl Error for WrongValue {}

/// The JSON kind of a value, or the kind of number.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(number) if number.is_f64() => "a floating-point number",
        Value::Number(number) if number.is_u64() => "an integer",
        Value::Number(_) => "a negative integer",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_kind_of_value_is_shown() {
        let values = serde_json::json!([null, true, 7.5, 77, -77, "hush", ["hush"], {"hush": 77}]);
        for value in values.as_array().unwrap() {
            let wrong = WrongValue::unreadable::<String>("key", value);
            for text in [wrong.to_string(), format!("{wrong:?}")] {
                assert!(!text.contains("hush") && !text.contains("77"), "{text}");
                assert!(text.contains("key") && text.contains("String"), "{text}");
            }
        }
    }
}
