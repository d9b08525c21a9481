//! An environ as a set of variables.

use wsgi_headers::Value;

use crate::{environ::Environ, utilities::Variables};

impl Variables for Environ {
    fn variable(&self, name: &str) -> Option<Value<'_>> {
        match name {
            "wsgi.url_scheme" => Some(Value::from(self.url_scheme())),
            _ => self.get(name),
        }
    }

    fn set_variable(&mut self, name: &str, value: Value<'_>) {
        match name {
            "wsgi.url_scheme" => self.set_url_scheme(value.to_string_lossy().into_owned()),
            _ => self.set(name, value.as_bytes()),
        }
    }
}
