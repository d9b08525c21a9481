//! The call of an application, on a thread of the pool.

use std::{
    mem,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, PoisonError},
    time::{Instant, SystemTime},
};

use http::{
    HeaderMap, Method, Response, StatusCode, Uri,
    header::{CONTENT_TYPE, HOST, TRANSFER_ENCODING},
    request::Parts,
    uri::{Authority, Scheme},
};
use wsgi_application::{Application, Body, Exchange, StartResponse, Status};
use wsgi_environ::{Connection, End, Environ, Input, is_host};
use wsgi_gateway::{Rest, Rules, log_message};
use wsgi_headers::is_token;

use crate::{
    chunk_bytes::chunk_bytes,
    conversation::{Closing, Conclusion, Conversation, Tail},
    outlet::Outlet,
    pool::Opened,
    request_reader::RequestReader,
    shared::Shared,
};

/// A request on its way to a thread.
pub(crate) struct Turn {
    pub(crate) shared: Arc<Shared>,
    pub(crate) parts: Parts,
    /// Whether there is a body, and its length if that is known.
    pub(crate) body: Option<Option<u64>>,
    pub(crate) started: SystemTime,
    pub(crate) clock: Instant,
    pub(crate) opened: Opened,
    pub(crate) seat: Seat,
}

/// A place in a conversation, which is given up if no thread takes it or concludes it.
pub(crate) struct Seat(Option<Arc<Conversation>>);

impl Seat {
    pub(crate) fn new(conversation: &Arc<Conversation>) -> Self {
        Self(Some(Arc::clone(conversation)))
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        if let Some(conversation) = &self.0 {
            conversation.abandon();
        }
    }
}

impl Turn {
    /// Calls the application and passes its response on.
    pub(crate) fn run(mut self) {
        let Some(conversation) = self.seat.0.clone() else {
            return;
        };
        let shared = Arc::clone(&self.shared);
        let head_only = self.parts.method == Method::HEAD;
        let mut environ = self.environ(&conversation);
        let mut exchange = Exchange::new();
        let errors = environ.errors().clone();
        let mut outlet = Outlet::new(&conversation, errors, shared.write_timeout);
        let rules = Rules {
            head_only,
            chunked: true,
        };
        let parts = Mutex::new(Some(self.parts)); // since applications are shared, even this one
        let application = |environ: &mut Environ, start_response: &mut StartResponse<'_>| {
            let parts = parts.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let Some(parts) = parts
                && let Some(refusal) = complete(environ, parts, &shared)
            {
                start_response.start(refusal, [("Content-Type", "text/plain")])?;
                return Ok(Body::empty());
            }
            shared.application.call(environ, start_response)
        };
        let delivery = shared.engine.respond(
            &application,
            &mut environ,
            rules,
            &mut exchange,
            &mut outlet,
        );
        let (mut end, status) = (delivery.end(), delivery.status_code(&exchange));
        let (head, gathered) = outlet.into_rest();
        let (bytes, tail) = match delivery.rest {
            Rest::Bytes(chunk) => match chunk_bytes(chunk) {
                Ok(bytes) if gathered.is_empty() => (bytes, None),
                Ok(bytes) => ([&*gathered, &*bytes].concat().into(), None),
                Err(error) => {
                    log_message(&environ, format_args!("the body cannot be sent: {error}"));
                    end = end.and(End::Failed);
                    (gathered, None)
                }
            },
            Rest::File(file, length) => (gathered, Some(Tail::file(file, length))),
            Rest::Live(live) => (gathered, Some(Tail::live(live))),
            _ => (gathered, None),
        };
        // A head that is still here may have replaced the application's.
        let status = head.as_ref().map(|head| head.status().as_u16()).or(status);
        let head = head.or_else(|| status.is_none().then(unreadable));
        let needs_environ = environ.has_hooks() || tail.is_some();
        let environ = match needs_environ {
            true => Some(Box::new(environ)),
            false => {
                // The drop of an extension may panic, which does not concern the response.
                let _ = catch_unwind(AssertUnwindSafe(|| drop(environ))).map_err(mem::forget);
                None
            }
        };
        let closing = Closing {
            shared: self.shared,
            environ,
            end,
            status,
            started: self.started,
            clock: self.clock,
            tail: None,
            opened: self.opened,
        };
        conversation.conclude(Conclusion { head, bytes, tail }, closing);
        self.seat.0 = None;
    }
}

impl Turn {
    fn environ(&self, conversation: &Arc<Conversation>) -> Environ {
        let shared = &*self.shared;
        let mut environ = Environ::from_parts(&self.parts);
        environ.set_base(&shared.base);
        if let Some(scheme) = &shared.url_scheme
            && self.parts.uri.scheme().is_some()
        {
            environ.set_url_scheme(scheme.clone());
        }
        environ.set_connection(&(Arc::clone(conversation) as Arc<dyn Connection>));
        if !shared.script_name.is_empty() {
            environ.set("SCRIPT_NAME", &shared.script_name);
        }
        let Some(length) = self.body else {
            return environ;
        };
        let reader = RequestReader::new(Arc::clone(conversation), shared.read_timeout);
        let mut input = Input::from_source(reader);
        if let Some(length) = length {
            input = input.with_remaining(length);
            if !environ.contains("CONTENT_LENGTH") {
                environ.set("CONTENT_LENGTH", length.to_string());
            }
        }
        environ.set_input(input);
        environ
    }
}

/// The answer if the request broke off, for which the engine has none (RFC 9110 section 15.5.1).
fn unreadable() -> Response<()> {
    let mut response = Response::new(());
    *response.status_mut() = StatusCode::BAD_REQUEST;
    response
}

/// Completes an environ. Returns the status with which the request is refused, if it is.
fn complete(environ: &mut Environ, parts: Parts, shared: &Shared) -> Option<Status> {
    if parts.method == Method::CONNECT {
        return Some(Status::NOT_IMPLEMENTED);
    }
    if let Some(refusal) = refusal_of_codings(&parts.headers) {
        return Some(refusal);
    }
    // Only OPTIONS asks about the server as a whole (RFC 9112 section 3.2.4).
    let is_valid_target = is_of_http(&parts.uri)
        && match parts.uri.path() {
            "*" => parts.method == Method::OPTIONS,
            path => is_valid_path(path),
        };
    let has_one_type = parts.headers.get_all(CONTENT_TYPE).iter().nth(1).is_none();
    if !is_valid_target || !is_valid_host(&parts.uri, &parts.headers) || !has_one_type {
        return Some(Status::BAD_REQUEST);
    }
    if let Some(prepare) = &shared.prepare {
        prepare(&parts, environ);
    }
    #[cfg(feature = "sessions")]
    crate::session_layer::Around::pass_to_application(&parts.extensions, environ);
    environ.insert_extension(parts.extensions);
    None
}

/// The status that refuses a body which is still encoded. The server takes off one `chunked`, and
/// the application does not see the field (RFC 9112 section 6.1). 400 if the list does not end with
/// the only `chunked`, or is malformed (sections 6.3 and 7.1).
fn refusal_of_codings(headers: &HeaderMap) -> Option<Status> {
    let fields = headers.get_all(TRANSFER_ENCODING).iter();
    let codings = fields.flat_map(|field| field.as_bytes().split(|&byte| byte == b','));
    let mut codings = codings.map(<[u8]>::trim_ascii);
    if !is_chunked(codings.next_back()?) {
        return Some(Status::BAD_REQUEST);
    }
    let mut others = codings.map(is_other_coding).peekable();
    others.peek()?;
    Some(match others.all(|is_other| is_other) {
        true => Status::NOT_IMPLEMENTED,
        false => Status::BAD_REQUEST,
    })
}

fn is_chunked(coding: &[u8]) -> bool {
    coding.eq_ignore_ascii_case(b"chunked")
}

/// Whether it is a transfer coding other than `chunked`, with or without parameters (RFC 9112
/// section 7), in which a quote could hide a comma.
fn is_other_coding(coding: &[u8]) -> bool {
    let name = coding.split(|&byte| byte == b';').next();
    let name = name.unwrap_or_default().trim_ascii();
    is_token(name) && !is_chunked(name) && !coding.contains(&b'"')
}

/// Whether a target is a path, `*` or a URL of HTTP, since hyper passes on others. The application
/// would take another scheme for that of the visitor (RFC 9110 section 7.4), and a host alone,
/// which only CONNECT may ask for, for the `Host` (RFC 9112 section 3.2.3).
fn is_of_http(uri: &Uri) -> bool {
    match uri.scheme() {
        Some(scheme) => [Scheme::HTTP, Scheme::HTTPS].contains(scheme),
        None => uri.authority().is_none(),
    }
}

/// Whether the authority of the target is a host, and there is at most one `Host`, which is one
/// (RFC 9112 section 3.2), because hyper passes both on as they come. A host with a user's name or
/// password is refused (RFC 9113 section 8.3.1). A request may lack both, as those of tests do.
fn is_valid_host(uri: &Uri, headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(HOST).iter();
    let is_one = match (hosts.next(), hosts.next()) {
        (None, _) => true,
        (Some(host), None) => is_host(host.as_bytes()),
        (Some(_), Some(_)) => false,
    };
    is_one && uri.authority().map(Authority::as_str).is_none_or(is_host)
}

/// Whether every escape of a path has two digits, and none is a NUL (RFC 3986 section 2.1).
fn is_valid_path(path: &str) -> bool {
    path.split('%').skip(1).all(|escaped| {
        let digits = escaped.as_bytes().get(..2);
        digits.is_some_and(|digits| digits != b"00" && digits.iter().all(u8::is_ascii_hexdigit))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_with_a_broken_escape_or_a_nul_is_invalid() {
        for path in ["/", "", "*", "/a%20b", "/%2F%c3%bC", "/%01"] {
            assert!(is_valid_path(path), "{path}");
        }
        for path in [
            "/%",
            "/%2",
            "/%2g",
            "/%g2",
            "/%00",
            "/a%20%00b",
            "/%%20",
            "/%é",
        ] {
            assert!(!is_valid_path(path), "{path}");
        }
    }
}
