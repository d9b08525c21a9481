//! Having the engine answer a request, and what follows from how that ends.

use std::time::Duration;

use wsgi_application::{Application, Environ, Result, StartResponse};
use wsgi_environ::End;
use wsgi_gateway::{Delimiter, Rules, Transport};

#[cfg(feature = "fastcgi")]
use crate::fastcgi::records::Records;
use crate::{
    config::Config,
    connections::{answer::Answer, connection::Connection, lingering::Expected, next::Next},
    instant::Instant,
    options::Options,
    peers::peer::Peer,
    protocol::Protocol,
    requests::{head::Terms, request::Request, streamed_body::Stream},
    responses::{
        clock::Clock,
        ending::Made,
        form::Form,
        refusal::Refusal,
        response::{BodyStart, Response},
        time_limit::TimeLimit,
    },
    workers::{
        driver::Driver,
        kit::Kit,
        steps::{late, linger},
    },
};

/// Has the engine answer the request in the environ. If there are hooks, sets what they are told.
#[inline(always)] // in the one place that calls it
pub(super) fn respond(
    driver: &mut Driver<'_>,
    connection: &Connection,
    request: Request<'_>,
    rules: Rules,
    terms: Terms,
    stream: Option<&Stream>,
    made: &mut Option<Made>,
) -> Answer {
    let shared = driver.shared();
    let config: &Config = &shared.config;
    let options: &Options = &config.options;
    let Kit {
        environ,
        exchange,
        out,
        out_end,
        endings,
        clock,
        last_head,
        application,
        #[cfg(feature = "fastcgi")]
        stderr,
        ..
    } = &mut driver.kit;
    let mut response = Response {
        out,
        peer: &connection.peer,
        shared,
        patience: None,
        time_limit: TimeLimit::new(options.response_timeout, &shared.cutoffs, out_end),
        form: match connection.protocol {
            Protocol::Http => Form::Http1 {
                clock,
                last: last_head,
                is_http10: terms.is_http10,
            },
            #[cfg(feature = "fastcgi")]
            Protocol::FastCgi => {
                stderr.begin(environ);
                let (id, watch) = (request.head.request_id(), &connection.peer.watch);
                watch.note_request(id, connection.is_read_up);
                Form::FastCgi(Records::new(id, stderr))
            }
            #[cfg(feature = "scgi")]
            Protocol::Scgi => Form::Scgi,
            #[cfg(feature = "uwsgi")]
            Protocol::Uwsgi => Form::Uwsgi,
        },
        endings,
        stream,
        is_followed: connection.is_followed,
        keep_alive: terms.keep_alive,
        delimiter: Delimiter::None,
        body_start: BodyStart::Nowhere,
        status: 0,
        gone: false,
    };
    let is_behind = !response.out.is_empty();
    if is_behind {
        let may_take_its_time = stream.is_some() || driver.tenure.event_loop().is_slow();
        send_earlier(&mut response, may_take_its_time, options);
    }
    match options.request_timeout {
        Some(timeout) => limit(environ, response.peer, timeout),
        // No thread watches, so the engine has to.
        None if driver.tenure.alone => drop(environ.share_deadline()),
        None => {}
    }
    let application = application.as_deref().unwrap_or(&Nobody);
    let dropping_input;
    let application: &dyn Application = match stream {
        None => application,
        Some(_) => {
            dropping_input = DroppingInput(application);
            &dropping_input
        }
    };
    let finished = config
        .engine
        .respond(application, environ, rules, exchange, &mut response);
    if let Some(stream) = stream {
        response.leave_body(stream);
    }
    let is_in_time = response.is_in_time(); // in any case: this ends the watch over it
    let is_watched = response.peer.watch.end_call(connection.requests);
    // From here on the deadline no longer counts, or has been answered for. The environ cannot tell
    // whether there is one: the application may have replaced it.
    let verdict = match is_watched {
        true => shared.lookouts[driver.tenure.index()].end_watch(response.peer),
        false => None,
    };
    if is_behind {
        response.peer.watch.note_unsent(0); // not before: the answer at a deadline would overtake
    }
    if let Some(verdict) = verdict {
        shared.thread_is_free(driver.tenure.index());
        let began = driver.tenure.now;
        let (answer, late) = late::drop_response(&mut response, finished, verdict, began);
        *made = environ.has_hooks().then_some(late);
        return answer;
    }
    let complete = finished.is_complete() && is_in_time;
    if environ.has_hooks() {
        *made = Some(response.made(&finished, exchange));
    }
    let measured = response.endings.measures.take_present().map(|request| {
        let end = match complete && !response.gone {
            true => End::Complete,
            false => response.end_of(finished.end()),
        };
        request.ended(end, finished.status_code(exchange))
    });
    // A peer that has given its request up still waits for its end.
    let whole = complete || stream.is_some_and(Stream::is_aborted);
    let tail = response.finish(finished.rest, whole);
    if let (Some(made), None) = (made, &tail) {
        made.end_position = Some(response.end_position());
    }
    if let Some(measured) = measured {
        let end_position = tail.is_none().then(|| response.end_position());
        let measures = &mut response.endings.measures;
        measures.await_end(measured, driver.tenure.now, end_position);
    }
    let next = next_of(&mut response, whole, connection, request, clock);
    Answer { tail, next }
}

/// Sends the earlier responses, which must not wait for a call that may take its time, least of all
/// if theirs is limited, and which `100 Continue` must not overtake.
#[inline] // for pipelined requests
fn send_earlier(response: &mut Response<'_>, may_take_its_time: bool, options: &Options) {
    if may_take_its_time || options.response_timeout.is_some() {
        let _ = response.flush();
        response.endings.run_hooks();
    }
    response.peer.watch.note_unsent(response.out.len());
}

/// The next step of the connection, after a response that may not be `whole`.
#[inline(always)] // in the one place that calls it
fn next_of(
    response: &mut Response<'_>,
    whole: bool,
    connection: &Connection,
    request: Request<'_>,
    clock: &Clock,
) -> Next {
    match whole {
        _ if response.gone => Next::Cut,
        true if response.keep_alive => Next::Request,
        true => Next::Linger(linger::after_the_last(response.shared, connection, request)),
        // The client may have ended only its own side, and still read.
        false if response.is_unanswered() && response.stream.is_some_and(Stream::is_cut_short) => {
            Refusal::Truncated.write(response.out, request, clock);
            Next::Linger(Expected::Request)
        }
        false => Next::after_break(response.shows_its_end(), response.request_id()),
    }
}

/// Sets the deadline of a request. Its time begins before, whenever the watch over it does.
#[inline(never)] // requests without a deadline stay short
fn limit(environ: &mut Environ, peer: &Peer, timeout: Duration) {
    let now = Instant::now();
    peer.watch.note_beginning(now);
    environ.set_deadline((now + timeout).to_std());
}

/// An application whose input is dropped when it returns, unless it took it. That shows whether
/// the rest of its response can still read the body.
struct DroppingInput<'a>(&'a dyn Application);

impl Application for DroppingInput<'_> {
    fn call(&self, environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
        let body = self.0.call(environ, start_response)?;
        drop(environ.take_input());
        Ok(body)
    }
}

/// Stands in for a missing application, which never happens in a call.
struct Nobody;

impl Application for Nobody {
    fn call(&self, _: &mut Environ, _: &mut StartResponse<'_>) -> Result {
        Err("there is no application".into())
    }
}
