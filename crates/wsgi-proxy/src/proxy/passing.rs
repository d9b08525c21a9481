//! Passing a request on.

use wsgi_application::{Body, Environ, Headers, Status};

use super::Proxy;
use crate::{
    connection_options::ConnectionOptions,
    exchange::Exchange,
    failure::Failure,
    max_forwards::MaxForwards,
    pool::Place,
    refusal::Refusal,
    request_head::{RequestBody, RequestHead},
    response_body::{BodySettings, ResponseBody},
    response_framing::ResponseFraming,
    response_head::{ResponseHead, ResponseKind},
    target::Target,
};

/// The response to a request that was passed on.
pub(super) struct Passed {
    pub(super) status: Status,
    pub(super) fields: Headers,
    /// The path of the mount that the request has come to.
    pub(super) mount: String,
    pub(super) body: Body,
}

/// The party that refused, where the upstream server gave no response.
pub(super) enum Refused {
    Here(Refusal),
    Upstream(Failure),
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self::Here(refusal)
    }
}

impl From<Failure> for Refused {
    fn from(failure: Failure) -> Self {
        Self::Upstream(failure)
    }
}

impl Proxy {
    /// Passes a request on, up to the head of its response.
    pub(super) fn pass_on(&self, environ: &mut Environ) -> Result<Passed, Refused> {
        let method = environ.request_method();
        let (is_head, is_trace) = (method == "HEAD", method == "TRACE");
        if method == "CONNECT" {
            return Err(Refusal::NotImplemented.into());
        }
        match MaxForwards::of(environ) {
            MaxForwards::Here if is_trace => return Err(Refusal::NotImplemented.into()),
            MaxForwards::Here => return Err(Refusal::OptionsEndHere.into()),
            _ => {}
        }
        if self.pseudonym.is_in(environ) {
            return Err(Refusal::Loop.into());
        }
        let settings = &self.settings;
        let target = Target::of(environ, &settings.upstream.base).map_err(Refusal::Path)?;
        let body = RequestBody::of(environ);
        let head = RequestHead {
            target: &target,
            host: settings.asked_host(environ),
            pseudonym: &self.pseudonym,
            body,
            tells_mount: !settings.translates,
            closes: settings.max_idle == 0,
        };
        let head = head.write(environ)?;
        let place = self
            .pool
            .enter(settings.max_requests)
            .ok_or(Refusal::Busy)?;
        let exchange = Exchange::run(environ, settings, &self.pool, &head, body)?;
        let framing = ResponseFraming::of(&exchange.head, is_head);
        let framing = framing.map_err(Failure::Malformed)?;
        self.response(exchange, framing, place, target)
    }

    fn response(
        &self,
        exchange: Exchange,
        framing: ResponseFraming,
        place: Place,
        target: Target,
    ) -> Result<Passed, Refused> {
        let settings = &self.settings;
        let options = ConnectionOptions::new(exchange.head.list("Connection"));
        // A body that must not be there would be the start of the next response.
        let stays_open = exchange.head.stays_open()
            && framing != ResponseFraming::Forbidden
            && settings.max_idle > 0;
        let body_settings = BodySettings {
            upstream: settings.upstream.authority.clone(),
            idle_timeout: settings.idle_timeout,
            pool: stays_open.then(|| self.pool.clone()),
            max_idle: settings.max_idle,
        };
        let Exchange {
            head,
            connection,
            waiting,
        } = exchange;
        let body = ResponseBody::new(connection, framing, waiting, body_settings, place);
        let ResponseHead {
            kind, mut fields, ..
        } = head;
        let ResponseKind::Final(status) = kind else {
            return Err(Refusal::Malformed.into()); // never, since an exchange ends with it
        };
        fields.retain(|name, _| !options.ends(name));
        Ok(Passed {
            status,
            fields,
            mount: target.mount,
            body: body.into_body()?,
        })
    }
}
