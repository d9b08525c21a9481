//! Visits of all variables.

use wsgi_headers::Value;

use super::Environ;
use crate::changes::Change;

impl Environ {
    /// Calls a function with each variable, once, in no particular order.
    ///
    /// It sees what [`iter`](Self::iter) returns, but no name needs memory of its own. A gateway to
    /// another language copies the variables with it.
    ///
    /// ```
    /// use wsgi_environ::Environ;
    ///
    /// let mut environ = Environ::new();
    /// environ.set("REQUEST_METHOD", "GET");
    /// let mut seen = Vec::new();
    /// environ.visit(|name, value| seen.push(format!("{name}={}", value.to_string_lossy())));
    /// assert_eq!(seen, ["REQUEST_METHOD=GET"]);
    /// ```
    pub fn visit(&self, mut visit: impl FnMut(&str, Value<'_>)) {
        for (name, change) in self.changes.iter() {
            if let Change::Set(value) = change {
                visit(name, Value::new(value));
            }
        }
        let is_unchanged = |name: &str| self.changes.get(name).is_none();
        self.request.visit(|name, value| {
            if is_unchanged(name) {
                visit(name, Value::new(value));
            }
        });
        let connection = self.connection.iter();
        for &name in connection.flat_map(|connection| connection.get().names()) {
            if is_unchanged(name)
                && self.request.get(name).is_none()
                && let Some(value) = self.connected(name)
            {
                visit(name, Value::new(value));
            }
        }
        for (name, value) in self.base.iter().flat_map(|base| base.iter()) {
            if is_unchanged(name)
                && self.request.get(name).is_none()
                && self.connected(name).is_none()
            {
                visit(name, Value::new(value));
            }
        }
    }
}
