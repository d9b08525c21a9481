//! Calling the application for a request, however its body comes.

use wsgi_environ::{End, Input, InvalidVariable};
use wsgi_gateway::Rules;
use wsgi_http1::TargetForm;

use crate::{
    config::Config,
    connections::{
        answer::Answer, connection::Connection, draining::Draining, lingering::Expected,
        next::Next, spooling::Spooling,
    },
    counting::method::Method,
    instant::Instant,
    requests::{
        head::{Head, SECURE_SCHEME},
        intake::Intake,
        remains::Remains,
        request::Request,
        streamed_body::{Reader, Stream},
    },
    responses::{
        ending::{Began, Made},
        refusal::Refusal,
    },
    workers::{
        driver::Driver,
        kit::Kit,
        steps::{refuse, respond::respond, send},
    },
};

/// Answers the request in `bytes`, which is there with all of its body. The bytes `following` have
/// come, too.
pub(super) fn with_whole_body(
    driver: &mut Driver<'_>,
    connection: &mut Connection,
    bytes: &[u8],
    intake: &Intake,
    following: &[u8],
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
    begin(driver, connection, &spooling.raw);
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
    begin(driver, connection, b"");
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
    let mut input = Input::from_source(Reader::new(stream.clone()));
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
fn begin(driver: &Driver<'_>, connection: &mut Connection, following: &[u8]) {
    let shared = driver.shared();
    connection.unused_since = None;
    connection.requests += 1;
    connection.is_followed = !connection.protocol.is_blank(following);
    connection.is_read_up &= !connection.is_followed;
    connection.takes_another = (shared.is_serving() || had_arrived(connection, following))
        && connection.requests < shared.config.options.max_requests_per_connection;
}

/// Whether more has come than this request and the bytes `following` it, of what had arrived when
/// the shutdown was first seen.
#[cold]
fn had_arrived(connection: &mut Connection, following: &[u8]) -> bool {
    let following = match connection.is_followed {
        true => following.len() as u64,
        false => 0,
    };
    let received = connection.peer.received();
    let arrived = || received + connection.peer.unread_bytes();
    *connection.arrived_at_shutdown.get_or_insert_with(arrived) > received - following
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
        let began = Began {
            position,
            at,
            time: driver.kit.clock.time_of(at),
        };
        end(driver, connection, began, made, stream.is_none());
    }
    answer
}

/// Runs the hooks of the request in the environ at once, if its response is the last in the
/// thread's buffer and the client takes all of that. If not, they wait for the end of the response.
#[inline(never)] // as that would make the way of requests without hooks longer
fn end(
    driver: &mut Driver<'_>,
    connection: &Connection,
    began: Began,
    made: Made,
    may_be_sent: bool,
) {
    let is_last = may_be_sent && made.is_whole() && !connection.is_followed;
    if is_last {
        driver.settle();
    }
    let may_run = is_last && driver.tenure.reserve();
    let kit = &mut driver.kit;
    if may_run && send::at_once(kit, connection) {
        let outcome = made.outcome(began, &connection.peer, End::Complete, Instant::now());
        let left = driver.tenure.leave();
        kit.endings.finish();
        wsgi_gateway::run_hooks(&mut kit.environ, &outcome);
        kit.environ.clear();
        driver.tenure.rejoin_later(left);
        driver.refresh_clock();
    } else {
        let peer = connection.peer.clone();
        kit.endings.push(&mut kit.environ, peer, began, made);
    }
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
    ) -> Result<(), InvalidVariable> {
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
