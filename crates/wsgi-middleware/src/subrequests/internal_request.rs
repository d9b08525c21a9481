//! A request that a site makes to itself for the request of a client.

use std::borrow::Cow;

use wsgi_application::Environ;
use wsgi_environ::{Input, ReusableExtension, Value, ValueBuf};

use crate::subrequests::internal_target::InternalTarget;

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

/// The variables of a request's body, beside those that begin with `HTTP_CONTENT_`: its length and
/// its type, its framing (RFC 9112 section 6), its digests (RFC 9530), and `Expect` (RFC 9110
/// section 10.1.1). They must not have a page fail as the application did that refused them.
const BODY: [&str; 7] = [
    "CONTENT_TYPE",
    "CONTENT_LENGTH",
    "HTTP_DIGEST",
    "HTTP_EXPECT",
    "HTTP_REPR_DIGEST",
    "HTTP_TRAILER",
    "HTTP_TRANSFER_ENCODING",
];

/// The variables that are those of the client's request when it comes back, and that `REDIRECT_*`
/// tell of. Applications may change them before they redirect.
const OF_CLIENT: [&str; 4] = ["SCRIPT_NAME", "PATH_INFO", "QUERY_STRING", "REQUEST_METHOD"];

/// The most bytes of memory that an environ keeps for the copies of its next request.
const MAX_KEPT_BYTES: usize = 4096;

/// The memory for copies of the variables of [`OF_CLIENT`], from one request to the next: for each
/// of the middleware around the other. Most requests are not changed, and so copy nothing else.
#[derive(Default)]
struct Memory(Vec<Vec<u8>>);

impl ReusableExtension for Memory {
    fn clear(&mut self) {}
}

/// The request of the client, which comes back after the requests that the site makes for it.
pub(crate) struct Original {
    /// The values of [`OF_CLIENT`], one after the other, and where each ends. `None` for a variable
    /// that is not set.
    copies: Vec<u8>,
    ends: [Option<usize>; OF_CLIENT.len()],
    /// All variables that come back, as soon as something has changed.
    variables: Vec<(Cow<'static, str>, Option<ValueBuf>)>,
    input: Option<Input>,
    has_changed: bool,
}

impl Original {
    /// Remembers what the request is for, before applications change that.
    pub(crate) fn of(environ: &mut Environ) -> Self {
        let kept = environ.reusable_extension::<Memory>().0.pop();
        let mut copies = kept.unwrap_or_default();
        copies.clear();
        let ends = OF_CLIENT.map(|name| {
            let value = environ.get(name)?;
            copies.extend_from_slice(value.as_bytes());
            Some(copies.len())
        });
        Self {
            copies,
            ends,
            variables: Vec::new(),
            input: None,
            has_changed: false,
        }
    }

    /// Makes the environ one of a request for `target`. It stays a `HEAD` request if it was one.
    /// Otherwise it becomes a `GET` request, without a body and conditions.
    pub(crate) fn get(&mut self, environ: &mut Environ, target: &InternalTarget) {
        self.go(environ, target);
        let names = environ.iter().map(|(name, _)| name);
        let of_content = names.filter(|name| name.starts_with("HTTP_CONTENT_"));
        let of_content = of_content.map(|name| Cow::Owned(name.into_owned()));
        let of_content: Vec<Cow<'static, str>> = of_content.collect();
        let others = BODY.into_iter().chain(CONDITIONS).map(Cow::Borrowed);
        for name in of_content.into_iter().chain(others) {
            if environ.contains(&name) {
                self.keep(name.clone(), environ);
                environ.remove(name);
            }
        }
        let method = match self.value("REQUEST_METHOD") {
            b"HEAD" => "HEAD",
            _ => "GET",
        };
        environ.set("REQUEST_METHOD", method);
        let input = environ.take_input();
        self.input.get_or_insert(input);
    }

    /// Makes the environ one of the same request for `target`.
    pub(crate) fn go(&mut self, environ: &mut Environ, target: &InternalTarget) {
        if !self.has_changed {
            self.has_changed = true;
            self.keep_copies();
            let path = [self.value("SCRIPT_NAME"), self.value("PATH_INFO")].concat();
            let [query, method] =
                ["QUERY_STRING", "REQUEST_METHOD"].map(|name| self.value(name).to_vec());
            self.tell(environ, "REDIRECT_URL", &path);
            self.tell(environ, "REDIRECT_QUERY_STRING", &query);
            self.tell(environ, "REDIRECT_REQUEST_METHOD", &method);
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
        if self.copies.capacity() <= MAX_KEPT_BYTES {
            environ.reusable_extension::<Memory>().0.push(self.copies);
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

    /// Remembers the variables that were copied.
    fn keep_copies(&mut self) {
        let mut start = 0;
        for (name, end) in OF_CLIENT.into_iter().zip(self.ends) {
            let value = end.map(|end| ValueBuf::from(&self.copies[start..end]));
            start = end.unwrap_or(start);
            self.variables.push((name.into(), value));
        }
    }

    /// Remembers a variable, unless it was remembered before.
    fn keep(&mut self, name: impl Into<Cow<'static, str>>, environ: &Environ) {
        let name = name.into();
        if !self.variables.iter().any(|(kept, _)| *kept == name) {
            let value = environ.get(&name).map(Value::to_value_buf);
            self.variables.push((name, value));
        }
    }

    fn value(&self, name: &str) -> &[u8] {
        let kept = self.variables.iter().find(|(kept, _)| *kept == name);
        let value = kept.and_then(|(_, value)| value.as_ref());
        value.map_or(&[], AsRef::as_ref)
    }
}
