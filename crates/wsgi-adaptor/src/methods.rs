//! The handlers of one path, by method.

use wsgi_application::Status;
use wsgi_environ::MethodMistake;

use crate::{handler::Handler, response::Response};

/// The handlers of one path, in the order they were added.
#[derive(Default)]
pub(crate) struct Methods(Vec<(String, Handler)>);

impl Methods {
    /// Adds a handler. It replaces an earlier one for the same method.
    ///
    /// # Panics
    ///
    /// No request has the method, or it is a standard one that is not in capitals.
    #[track_caller]
    pub(crate) fn add(&mut self, method: &str, handler: Handler) {
        if let Some(mistake) = MethodMistake::of(method) {
            panic!("{method:?} is not a method here: {mistake}");
        }
        match self.0.iter_mut().find(|(known, _)| known == method) {
            Some((_, known)) => *known = handler,
            None => self.0.push((method.to_owned(), handler)),
        }
    }

    /// The handler for a method. A HEAD request is a GET whose body the gateway withholds (RFC 9110
    /// section 9.3.2).
    pub(crate) fn get(&self, method: &[u8]) -> Option<&Handler> {
        let named = |name: &[u8]| {
            let found = self.0.iter().find(|(known, _)| known.as_bytes() == name);
            found.map(|(_, handler)| handler)
        };
        match method {
            b"HEAD" => named(b"HEAD").or_else(|| named(b"GET")),
            _ => named(method),
        }
    }

    /// Whether a method has a handler of its own.
    pub(crate) fn contains(&self, method: &[u8]) -> bool {
        self.0.iter().any(|(known, _)| known.as_bytes() == method)
    }

    /// The answer to a method without a handler: 204 to OPTIONS, 405 to others that are known, 501
    /// to the rest, and `Allow` in all cases (RFC 9110 sections 9.1, 9.3.7 and 15.5.6).
    pub(crate) fn refuse(&self, method: &[u8], is_known: bool) -> Response {
        let response = match method {
            b"OPTIONS" => Response::empty(Status::NO_CONTENT),
            _ if is_known => Response::of_status(Status::METHOD_NOT_ALLOWED),
            _ => Response::of_status(Status::NOT_IMPLEMENTED),
        };
        response.with_header("Allow", self.allow())
    }

    fn allow(&self) -> String {
        let mut names: Vec<_> = self.0.iter().map(|(name, _)| &**name).collect();
        if let Some(get) = names.iter().position(|&name| name == "GET")
            && !names.contains(&"HEAD")
        {
            names.insert(get + 1, "HEAD");
        }
        if !names.contains(&"OPTIONS") {
            names.push("OPTIONS");
        }
        names.join(", ")
    }
}
