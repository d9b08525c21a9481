//! A request that a site makes to itself for the request of a client.

use wsgi_application::Environ;
use wsgi_environ::{Input, Value, ValueBuf};

use crate::internal_target::InternalTarget;

/// The variables that make a request conditional (RFC 9110 section 13) or one for a part (section
/// 14). They are about the page that the client asked for.
const CONDITIONS: [&str; 6] = [
    "HTTP_IF_MATCH",
    "HTTP_IF_NONE_MATCH",
    "HTTP_IF_MODIFIED_SINCE",
    "HTTP_IF_UNMODIFIED_SINCE",
    "HTTP_IF_RANGE",
    "HTTP_RANGE",
];

/// The variables of a request's body.
const BODY: [&str; 2] = ["CONTENT_TYPE", "CONTENT_LENGTH"];

/// The request of the client, which comes back after the requests that the site makes for it.
pub(crate) struct Original {
    variables: Vec<(&'static str, Option<ValueBuf>)>,
    input: Option<Input>,
    has_changed: bool,
}

impl Original {
    /// Remembers where the request is for, before applications change that.
    pub(crate) fn of(environ: &Environ) -> Self {
        let mut original = Self {
            variables: Vec::new(),
            input: None,
            has_changed: false,
        };
        original.keep("SCRIPT_NAME", environ);
        original.keep("PATH_INFO", environ);
        original
    }

    /// Makes the environ one of a request for `target`. It stays a `HEAD` request if it was one.
    /// Otherwise it becomes a `GET` request, without a body and conditions.
    pub(crate) fn get(&mut self, environ: &mut Environ, target: &InternalTarget) {
        self.go(environ, target);
        for name in BODY.into_iter().chain(CONDITIONS) {
            if environ.contains(name) {
                self.keep(name, environ);
                environ.remove(name);
            }
        }
        if environ.request_method() != "HEAD" {
            self.keep("REQUEST_METHOD", environ);
            environ.set("REQUEST_METHOD", "GET");
        }
        let input = environ.take_input();
        self.input.get_or_insert(input);
    }

    /// Makes the environ one of the same request for `target`.
    pub(crate) fn go(&mut self, environ: &mut Environ, target: &InternalTarget) {
        if !self.has_changed {
            self.has_changed = true;
            self.keep("QUERY_STRING", environ);
            let mut path = self.value("SCRIPT_NAME").to_vec();
            path.extend_from_slice(self.value("PATH_INFO"));
            let query = environ.query_string().to_value_buf();
            let method = environ.request_method().to_value_buf();
            self.tell(environ, "REDIRECT_URL", &path);
            self.tell(environ, "REDIRECT_QUERY_STRING", query.as_ref());
            self.tell(environ, "REDIRECT_REQUEST_METHOD", method.as_ref());
        }
        environ.set("SCRIPT_NAME", self.value("SCRIPT_NAME"));
        environ.set("PATH_INFO", target.path());
        environ.set("QUERY_STRING", target.query());
    }

    /// Sets a variable for the time of the request.
    pub(crate) fn tell(&mut self, environ: &mut Environ, name: &'static str, value: &[u8]) {
        self.keep(name, environ);
        environ.set(name, value);
    }

    /// Brings the request of the client back.
    pub(crate) fn restore(self, environ: &mut Environ) {
        if !self.has_changed {
            return;
        }
        for (name, value) in self.variables {
            match value {
                Some(value) => environ.set(name, value),
                None => environ.remove(name),
            }
        }
        if let Some(input) = self.input {
            environ.set_input(input);
        }
    }

    /// Remembers a variable, unless it was remembered before.
    fn keep(&mut self, name: &'static str, environ: &Environ) {
        if !self.variables.iter().any(|(kept, _)| *kept == name) {
            let value = environ.get(name).map(Value::to_value_buf);
            self.variables.push((name, value));
        }
    }

    fn value(&self, name: &str) -> &[u8] {
        let kept = self.variables.iter().find(|(kept, _)| *kept == name);
        let value = kept.and_then(|(_, value)| value.as_ref());
        value.map_or(&[], AsRef::as_ref)
    }
}
