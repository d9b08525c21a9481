//! The end of a visit: the session is saved, and the response says so.
//!
//! This is the work of the middleware for applications, which runs here around an application that
//! stands for the service.

use std::{io, sync::Mutex};

use http::{
    HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode,
    header::{ACCEPT, CACHE_CONTROL, COOKIE, Entry, HOST, ORIGIN, SET_COOKIE, VARY},
    request::Parts,
};
use wsgi_application::{Body, Environ, Error, Exchange, Head, Headers, StartResponse, Status};
use wsgi_environ::Errors;
use wsgi_gateway::{Engine, Framing, Rules, Transport};
use wsgi_middleware::{is_same_cookie, open_session, with_open_session};
use wsgi_sessions::Session;

use super::{Around, SessionLayer};
use crate::{
    pool::{Pool, PoolStopped},
    unavailable::unavailable,
};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// A request with a session, as far as its end needs it.
pub(super) struct Visit {
    parts: Parts,
    session: Session,
    /// Whether the session is that of a layer or middleware around this one, which saves it.
    is_shared: bool,
    pool: Pool,
    errors: Errors,
}

impl Visit {
    /// Opens the session of a request, unless one around it can be shared.
    pub(super) fn open<B>(request: &Request<B>, layer: &SessionLayer) -> Self {
        let mut copy = Request::new(());
        *copy.method_mut() = request.method().clone();
        *copy.uri_mut() = request.uri().clone();
        *copy.version_mut() = request.version();
        for name in [&ACCEPT, &COOKIE, &HOST, &ORIGIN, &SEC_FETCH_SITE] {
            for value in request.headers().get_all(name) {
                copy.headers_mut().append(name, value.clone());
            }
        }
        let parts = copy.into_parts().0;
        let is_https = layer.is_https(&parts.uri);
        let mut environ = Environ::from_parts(&parts);
        environ.set_url_scheme(if is_https { "https" } else { "http" });
        let shared = Around::find(request.extensions(), &layer.sessions);
        Self {
            is_shared: shared.is_some(),
            session: shared.unwrap_or_else(|| open_session(&layer.sessions, &environ)),
            parts,
            pool: layer.pool.clone(),
            errors: layer.errors.clone(),
        }
    }

    pub(super) fn session(&self) -> &Session {
        &self.session
    }

    pub(super) fn pool(&self) -> &Pool {
        &self.pool
    }

    /// Saves the session if it was used, and adds its fields to the response. If that fails, the
    /// response is another one.
    pub(super) async fn end<R: From<String>>(self, mut response: Response<R>) -> Response<R> {
        let is_of_interest = self.session.is_used() || self.session.has_foreign();
        if self.is_shared || !is_of_interest {
            return response;
        }
        let fields = taken(response.headers_mut());
        let pool = self.pool.clone();
        let answer = pool.run(move || {
            let fields = Headers::try_from(&fields).map_err(Error::from);
            self.answer(|| fields)
        });
        match answer.await {
            // The session is saved, and these fields tell of it.
            Ok(answer) if answer.status() == StatusCode::OK => {
                let headers = response.headers_mut();
                for (name, value) in answer.headers() {
                    if name == SET_COOKIE {
                        remove_cookie(headers, value);
                    }
                    headers.append(name, value.clone());
                }
                response
            }
            Ok(answer) => answer.map(R::from),
            Err(PoolStopped) => unavailable().map(R::from),
        }
    }

    /// The response to a request whose session could not be loaded, because of an error or a panic.
    pub(super) async fn fail<R: From<String>>(
        self,
        error: impl FnOnce() -> Error + Send + 'static,
    ) -> Response<R> {
        let pool = self.pool.clone();
        let answer = pool.run(move || self.answer(|| Err(error()))).await;
        answer
            .unwrap_or_else(|PoolStopped| unavailable())
            .map(R::from)
    }

    /// The answer of an application that starts a response with these fields, or fails. It has the
    /// status 200 only if the session is saved.
    fn answer(self, fields: impl FnOnce() -> Result<Headers, Error> + Send) -> Response<String> {
        let mut environ = Environ::from_parts(&self.parts);
        environ.set_errors(self.errors);
        let fields = Mutex::new(Some(fields));
        let session = self.session;
        let service = |_: &mut Environ, start_response: &mut StartResponse<'_>| {
            let fields = fields.lock().ok().and_then(|mut fields| fields.take());
            start_response.start(Status::OK, &fields.ok_or("called twice")?()?)?;
            Ok(Body::empty())
        };
        let application = |environ: &mut Environ, start_response: &mut StartResponse<'_>| {
            with_open_session(session.clone(), &service, environ, start_response)
        };
        let (mut exchange, mut memory) = (Exchange::new(), Memory::default());
        let engine = Engine::new();
        let delivery = engine.respond(
            &application,
            &mut environ,
            Rules::default(),
            &mut exchange,
            &mut memory,
        );
        // Nothing can fail: the transport is memory.
        let _ = delivery.rest.send(&mut memory);
        memory.response()
    }
}

/// Takes out the fields of a response that the end of a session may change. Cookies stay: those of
/// the service may be secret ([`HeaderValue::is_sensitive`]), which [`Headers`] do not know.
fn taken(headers: &mut HeaderMap) -> HeaderMap {
    let may_change = |name: &HeaderName| {
        *name == VARY
            || *name == CACHE_CONTROL
            || *name == "surrogate-control"
            || name.as_str().ends_with("-cache-control")
    };
    let names: Vec<_> = headers
        .keys()
        .filter(|name| may_change(name))
        .cloned()
        .collect();
    let mut fields = HeaderMap::new();
    for name in names {
        if let Entry::Occupied(entry) = headers.entry(name.clone()) {
            let (_, values) = entry.remove_entry_mult();
            values.for_each(|value| {
                fields.append(name.clone(), value);
            });
        }
    }
    fields
}

/// Removes those cookies that another one replaces.
fn remove_cookie(headers: &mut HeaderMap, by: &HeaderValue) {
    let Entry::Occupied(entry) = headers.entry(SET_COOKIE) else {
        return;
    };
    let others = entry.remove_entry_mult().1;
    let others = others.filter(|one| !is_same_cookie(one.as_bytes(), by.as_bytes()));
    for other in others.collect::<Vec<_>>() {
        headers.append(SET_COOKIE, other);
    }
}

/// A response in memory.
#[derive(Default)]
struct Memory {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Memory {
    fn response(self) -> Response<String> {
        let mut response = Response::new(String::from_utf8_lossy(&self.body).into_owned());
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        response
    }
}

impl Transport for Memory {
    fn head(&mut self, head: &Head, _framing: Framing) -> io::Result<()> {
        let code = StatusCode::from_u16(head.status.code());
        self.status = code.map_err(io::Error::other)?;
        self.headers = HeaderMap::try_from(&head.headers).map_err(io::Error::other)?;
        Ok(())
    }

    fn body(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.body.extend_from_slice(bytes);
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
