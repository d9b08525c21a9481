//! Calling the application for a request, however its body comes.

use wsgi_application::{Application, Environ, Result, StartResponse};
use wsgi_environ::{End, Input, InvalidVariable};
use wsgi_gateway::{Delimiter, Rules, Transport};
use wsgi_http1::TargetForm;

use crate::{
    config::Config,
    connections::{
        answer::Answer, connection::Connection, draining::Draining, lingering::Expected,
        next::Next, spooling::Spooling,
    },
    counting::method::Method,
    options::Options,
    protocol::Protocol,
    requests::{
        head::{Head, SECURE_SCHEME, Terms},
        intake::Intake,
        remains::Remains,
        request::Request,
        streamed_body::{Reader, Stream},
    },
    responses::{
        ending::{Began, Made},
        refusal::Refusal,
        response::{BodyStart, Form, Response},
        time_limit::TimeLimit,
    },
    workers::{
        driver::Driver,
        kit::Kit,
        steps::{late, linger, refuse},
    },
};
use crate::{instant::Instant, responses::fastcgi_records::Records};

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

/// Answers the request in `bytes`, which is there with all of its body. This number of further
/// bytes have come.
pub(super) fn with_whole_body(
    driver: &mut Driver<'_>,
    connection: &mut Connection,
    bytes: &[u8],
    intake: &Intake,
    following: usize,
) -> Answer {
    begin(driver, connection, following);
    if let Some(body) = intake.body(bytes) {
        driver.kit.environ.input().fill(body); // it is empty otherwise
    }
    call(driver, connection, intake.request(bytes), None)
}

/// Answers a request whose body was spooled.
pub(super) fn with_spooled_body(
    driver: &mut Driver<'_>,
    connection: &mut Connection,
    spooling: Spooling,
) -> Answer {
    begin(driver, connection, spooling.raw.len());
    connection.is_read_up = false; // others have read since
    driver.kit.environ.set_input(spooling.spool.into_input());
    let request = Request {
        head: &spooling.head,
        bytes: &spooling.head_bytes,
    };
    let mut answer = call(driver, connection, request, None);
    answer.follow(&spooling.replies, &mut driver.kit.out);
    connection.keep(spooling.raw, driver.now());
    answer
}

/// Answers a request whose body the application reads from the socket. `bytes` are those that
/// were received.
pub(super) fn with_streamed_body(
    driver: &mut Driver<'_>,
    connection: &mut Connection,
    bytes: &[u8],
    intake: &mut Intake,
) -> Answer {
    begin(driver, connection, 0);
    connection.is_read_up = false; // others read from here on
    // Each piece of the body would wake the loop, beside the thread that waits for it.
    driver.settle();
    if let Some(core) = driver.tenure.core() {
        core.deregister(connection);
    }
    let options = &driver.shared().config.options;
    let body = intake.take_body(bytes, options);
    let length = body.length;
    let stream = Stream::new(&connection.peer, options.clone(), body);
    let mut input = Input::from_source(Box::new(Reader::new(stream.clone())));
    if let Some(length) = length {
        input = input.with_remaining(length);
    }
    driver.kit.environ.set_input(input);
    let mut answer = call(driver, connection, intake.request(bytes), Some(&stream));
    if let Some(live) = answer.tail.as_mut().and_then(|tail| tail.live.as_mut())
        && stream.is_aborted()
    {
        live.give_up();
    }
    let (remains, replies) = stream.end();
    match (remains, &answer.next) {
        (Remains::Finished(rest), Next::Request) => connection.keep(rest, driver.now()),
        (Remains::Drain(decoder, raw), Next::Request) => {
            answer.next = Next::Drain(Box::new(Draining::new(decoder, raw)));
        }
        (remains, next) => {
            let is_complete = matches!(
                (&remains, next),
                (Remains::Finished(_), Next::Linger(Expected::Nothing))
            );
            let is_broken = matches!(next, Next::Cut | Next::Break(_));
            match remains {
                // The thread that waits for more must not hold up the reset.
                Remains::Busy if is_broken => connection.peer.stop_reading(),
                Remains::Busy => connection.lend(),
                _ => {}
            }
            if !is_complete && !is_broken {
                answer.next = Next::Linger(Expected::Request);
            }
            return answer;
        }
    }
    answer.follow(&replies, &mut driver.kit.out);
    answer
}

/// Notes that a request is taken up, and whether the connection takes another one after it.
/// During the shutdown, it does as long as more has come of what had arrived when the shutdown
/// was first seen.
#[inline]
fn begin(driver: &Driver<'_>, connection: &mut Connection, following: usize) {
    let shared = driver.shared();
    connection.unused_since = None;
    connection.requests += 1;
    connection.is_read_up &= following == 0;
    connection.is_followed = following > 0;
    connection.takes_another = shared.is_serving() || {
        let received = connection.peer.received();
        let arrived = || received + connection.peer.unread_bytes();
        *connection.arrived_at_shutdown.get_or_insert_with(arrived) > received - following as u64
    };
    connection.takes_another &=
        connection.requests < shared.config.options.max_requests_per_connection;
}

/// Calls the application for a request whose input is set.
fn call(
    driver: &mut Driver<'_>,
    connection: &Connection,
    request: Request<'_>,
    stream: Option<&Stream>,
) -> Answer {
    let Request { head, bytes } = request;
    if head.target_form() != TargetForm::Origin
        && let Some(refusal) = Refusal::of(request, connection.is_secure)
    {
        return turn_down(
            driver,
            connection,
            request,
            &refusal,
            Next::Linger(Expected::Request),
        );
    }
    let config: &Config = &driver.shared().config;
    let mut terms = head.terms();
    terms.keep_alive = terms.keep_alive
        && !config.options.keep_alive.is_zero()
        && !driver.tenure.alone
        && connection.takes_another;
    if let Err(error) = driver.kit.receive(connection, request, config) {
        // An HTTP client is told that the connection ends.
        let next = if terms.keep_alive && connection.protocol.is_gateway() {
            Next::Request
        } else {
            Next::Linger(Expected::Request)
        };
        return turn_down(
            driver,
            connection,
            request,
            &Refusal::Variables(error),
            next,
        );
    }
    let position = connection.peer.position() + driver.kit.out.len() as u64;
    let at = driver.now();
    let rules = Rules {
        head_only: head.is_head(bytes, &driver.kit.environ),
        chunked: terms.takes_chunks,
    };
    driver.kit.measure(connection, request);

    let left = driver.tenure.leave();
    driver.kit.refresh_application(config);
    let mut made = None;
    let answer = respond(driver, connection, request, rules, terms, stream, &mut made);
    if made.is_none() {
        driver.kit.environ.clear();
    }
    driver.tenure.rejoin_later(left);
    driver.refresh_clock();

    if let Some(made) = made {
        await_end(&mut driver.kit, connection, position, at, made);
    }
    answer
}

/// Lets the hooks of the request in the environ wait for the end of its response.
#[inline(never)] // as that would make the way of requests without hooks longer
fn await_end(kit: &mut Kit, connection: &Connection, position: u64, at: Instant, made: Made) {
    let began = Began {
        position,
        at,
        time: kit.clock.time_of(at),
    };
    let peer = connection.peer.clone();
    kit.endings.push(&mut kit.environ, peer, began, made);
}

/// Has the engine answer the request in the environ. If there are hooks, sets what they are told.
#[inline(always)] // in the one place that calls it
fn respond(
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
            Protocol::FastCgi => {
                stderr.begin(environ);
                let (id, watch) = (request.head.request_id(), &connection.peer.watch);
                watch.note_request(id, connection.is_read_up);
                Form::FastCgi(Records::new(id, stderr))
            }
            Protocol::Scgi => Form::Scgi,
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
    // Earlier responses must not wait for a call that may take its time, least of all if theirs is
    // limited, and `100 Continue` must not overtake them.
    let is_behind = !response.out.is_empty();
    if is_behind {
        if stream.is_some()
            || options.response_timeout.is_some()
            || driver.tenure.event_loop().is_slow()
        {
            let _ = response.flush();
            response.endings.run_hooks();
        }
        response.peer.watch.note_unsent(response.out.len());
    }
    match options.request_timeout {
        Some(timeout) => environ.set_deadline(std::time::Instant::now() + timeout),
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
    let is_in_time = response.is_in_time(); // in any case: this ends the watch over it
    response.peer.watch.end_call(connection.requests);
    // From here on the deadline no longer counts, or has been answered for. The environ cannot tell
    // whether there is one: the application may have replaced it.
    let verdict = match response.peer.watch.has_deadline() || response.patience.is_some() {
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
    let next = match whole {
        _ if response.gone => Next::Cut,
        true if response.keep_alive => Next::Request,
        true => Next::Linger(linger::after_the_last(shared, connection, request)),
        // The client may have ended only its own side, and still read.
        false if response.is_unanswered() && stream.is_some_and(Stream::is_cut_short) => {
            Refusal::Truncated.write(response.out, request, clock);
            Next::Linger(Expected::Request)
        }
        false => Next::after_break(response.shows_its_end(), response.request_id()),
    };
    Answer { tail, next }
}

/// Answers a request that is not for the application.
fn turn_down(
    driver: &mut Driver<'_>,
    connection: &Connection,
    request: Request<'_>,
    refusal: &Refusal,
    next: Next,
) -> Answer {
    driver.kit.environ.clear();
    driver.settle();
    refuse::write(driver, connection, request, refusal);
    Answer::whole(next)
}

impl Kit {
    /// Notes that the request in the environ has begun, if it is measured.
    #[inline(always)] // in the one place that calls it
    fn measure(&mut self, connection: &Connection, request: Request<'_>) {
        let Request { head, bytes } = request;
        let environ = &self.environ;
        self.endings.measures.begin(|| match head {
            Head::Http1(head) => {
                let method = Method::of_request(bytes, || head.method(bytes));
                (method, connection.is_secure)
            }
            _ => {
                let method = Method::of(environ.request_method().as_bytes());
                (method, environ.url_scheme() == SECURE_SCHEME)
            }
        });
    }

    /// Fills the environ from a request's head.
    #[inline(always)] // in the one place that calls it
    fn receive(
        &mut self,
        connection: &Connection,
        request: Request<'_>,
        config: &Config,
    ) -> std::result::Result<(), InvalidVariable> {
        let Request { head, bytes } = request;
        let environ = &mut self.environ;
        let bases = &config.bases[connection.listener];
        environ.set_base(bases.get(connection.protocol, connection.is_secure));
        environ.set_watched_connection(&connection.variables);
        environ.set_call(connection.requests);
        head.receive(bytes, environ)?;
        if let Some(script_name) = &config.script_name {
            environ.derive_path(script_name)?;
        }
        Ok(())
    }
}
