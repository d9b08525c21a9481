//! One request, from its bytes to its response.

use wsgi_application::{Application, Environ, Result, StartResponse};
use wsgi_environ::{Input, InvalidVariable};
use wsgi_gateway::{Delimiter, Rules};

#[cfg(feature = "fastcgi")]
use crate::fastcgi::records::Records;
use crate::{
    connections::{
        connection::{Connection, Partial},
        finishing::{Finishing, Made},
        next::{Draining, Next},
    },
    foreign::guarded,
    loops::shared::Config,
    options::DRAIN_LIMIT,
    peers::patience::Patience,
    protocol::Protocol,
    requests::{
        head::{Body, Head},
        intake::Intake,
        refusal::Refusal,
        response::{Form, Response},
        stream::{Reader, Remains, Stream},
        tail::Tail,
    },
    workers::{kit::Kit, worker::Worker},
};

/// An application whose body goes when it returns, unless it took it: so that it
/// shows whether the rest of its response can still read it.
struct LettingGo<'a>(&'a dyn Application);

impl Application for LettingGo<'_> {
    fn call(&self, environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
        let body = self.0.call(environ, start_response)?;
        drop(environ.take_input());
        Ok(body)
    }
}

/// Stands where there is no application, which never happens in a call.
struct Nobody;

impl Application for Nobody {
    fn call(&self, _: &mut Environ, _: &mut StartResponse<'_>) -> Result {
        Err("there is no application".into())
    }
}

/// A response, of which the first part is in the thread's buffer.
pub(crate) struct Answer {
    pub(crate) tail: Option<Box<Tail>>,
    pub(crate) next: Next,
    pub(crate) finishing: Option<Box<Finishing>>,
}

impl Answer {
    /// One that is all in the thread's buffer.
    pub(crate) fn whole(next: Next) -> Self {
        Answer {
            tail: None,
            next,
            finishing: None,
        }
    }
}

impl Worker<'_> {
    /// Answers a request that is there with all of its body.
    pub(crate) fn answer(
        &mut self,
        connection: &mut Connection,
        bytes: &[u8],
        intake: &Intake,
    ) -> Answer {
        self.kit.environ.input().fill(intake.body(bytes));
        self.call(connection, intake.head_bytes(bytes), &intake.head, None)
    }

    /// Notes that a request is about to be answered, which `rest` bytes follow that were
    /// received as well, and whether the connection takes another one after it. When
    /// the server ends, it does as long as there is more of what had arrived when
    /// that was first seen.
    #[inline]
    pub(crate) fn begin_request(&self, connection: &mut Connection, rest: usize) {
        connection.fresh = None;
        connection.goes_on = self.shared.is_serving() || {
            let received = connection.peer.received();
            let arrived = || received + connection.peer.unread_bytes();
            *connection.arrived.get_or_insert_with(arrived) > received - rest as u64
        };
    }

    /// Answers a request whose body the application reads from the socket.
    pub(crate) fn answer_streamed(
        &mut self,
        connection: &mut Connection,
        bytes: &[u8],
        intake: &mut Intake,
    ) -> Answer {
        let options = &self.shared.config.options;
        let (decoder, gathered, taken) = intake.take_body(options);
        let remaining = match intake.head.body() {
            Body::None | Body::Coded(None) => None,
            Body::Plain(_) => decoder.remaining(),
            Body::Coded(Some(length)) => Some(length),
        };
        let raw = bytes[taken..].to_vec();
        let expects_continue = intake.head.expects_continue() && raw.is_empty();
        let body = (decoder, gathered, raw);
        let stream = Stream::new(&connection.peer, options.clone(), body, expects_continue);
        let mut input = Input::from_source(Box::new(Reader::new(stream.clone())));
        if let Some(remaining) = remaining {
            input = input.with_remaining(remaining);
        }
        self.kit.environ.set_input(input);
        let mut answer = self.call(
            connection,
            intake.head_bytes(bytes),
            &intake.head,
            Some(&stream),
        );
        let (remains, replies) = stream.end();
        match (remains, &answer.next) {
            (Remains::Finished(rest), Next::Request) => {
                connection.partial = Partial::of(rest, connection.protocol, self.now);
            }
            (Remains::Drain(decoder, raw), Next::Request) => {
                answer.next = Next::Drain(Box::new(Draining {
                    decoder,
                    raw,
                    replies: Vec::new(),
                    allowance: DRAIN_LIMIT,
                }));
            }
            (remains, next) => {
                let is_whole = matches!((&remains, next), (Remains::Finished(_), Next::End));
                match (remains, next) {
                    // Somebody waits for more, who is not to hold up the reset.
                    (Remains::Busy, Next::Cut | Next::Break(_)) => connection.peer.stop_reading(),
                    (Remains::Busy, _) => connection.lend(),
                    _ => {}
                }
                if !is_whole && !matches!(next, Next::Cut | Next::Break(_)) {
                    answer.next = Next::Close;
                }
                return answer;
            }
        }
        match &mut answer.tail {
            Some(tail) => tail.follow(&replies),
            None => self.kit.out.extend_from_slice(&replies),
        }
        answer
    }

    /// Calls the application for a request whose input is set.
    pub(super) fn call(
        &mut self,
        connection: &mut Connection,
        bytes: &[u8],
        head: &Head,
        stream: Option<&Stream>,
    ) -> Answer {
        if !head.is_plain()
            && let Some(refusal) = head.refusal(bytes)
        {
            return self.turn_down((head, bytes), &refusal, Next::Close);
        }
        let config = &self.shared.config;
        let keep_alive = head.keep_alive()
            && !config.options.keep_alive.is_zero()
            && !self.alone
            && connection.goes_on;
        if let Err(error) = self.kit.receive(connection, bytes, head, config) {
            // By HTTP the answer says that the connection ends.
            let next = if keep_alive && head.protocol().is_gateway() {
                Next::Request
            } else {
                Next::Close
            };
            return self.turn_down((head, bytes), &Refusal::Variables(error), next);
        }
        let position = connection.peer.position() + self.kit.out.len() as u64;
        let since = self.now;
        let rules = Rules {
            head_only: head.is_head(bytes, &self.kit.environ),
            chunked: head.takes_chunks(),
        };

        let was_owner = self.is_owner();
        self.leave();
        self.kit.refresh_application(self.shared);
        let (tail, next, made) = self.respond(connection, head, rules, keep_alive, stream);
        if made.is_none() {
            self.kit.environ.clear();
        }
        self.rejoin(was_owner);

        let finishing = made.map(|made| {
            let environ = std::mem::take(&mut self.kit.environ);
            let peer = connection.peer.clone();
            Box::new(Finishing::new(environ, peer, (position, since), made))
        });
        Answer {
            tail,
            next,
            finishing,
        }
    }

    /// Has the engine answer the request in the environ. Says what is left of the
    /// response, what comes after it, and to hooks, if there are any, how it was made.
    #[inline]
    fn respond(
        &mut self,
        connection: &Connection,
        head: &Head,
        rules: Rules,
        keep_alive: bool,
        stream: Option<&Stream>,
    ) -> (Option<Box<Tail>>, Next, Option<Made>) {
        let config = &self.shared.config;
        let Kit {
            environ,
            exchange,
            out,
            clock,
            application,
            #[cfg(feature = "fastcgi")]
            stderr,
            ..
        } = &mut self.kit;
        let form = match head.protocol() {
            Protocol::Http => Form::Http1 {
                clock,
                http10: head.is_http10(),
            },
            #[cfg(feature = "fastcgi")]
            Protocol::FastCgi => {
                stderr.begin(environ);
                Form::FastCgi(Records::new(head.request_id(), stderr))
            }
            #[cfg(feature = "scgi")]
            Protocol::Scgi => Form::Scgi,
        };
        let mut response = Response {
            out,
            peer: &connection.peer,
            patience: Patience::with_write(&config.options),
            form,
            stream,
            keep_alive,
            delimiter: Delimiter::None,
            head_start: None,
            gone: false,
        };
        // Earlier responses must not wait for a call that may take its time,
        // and `100 Continue` must not overtake them.
        if !response.out.is_empty() && (stream.is_some() || self.shared.loops[self.index].is_slow())
        {
            let _ = wsgi_gateway::Transport::flush(&mut response);
        }
        let application = application.as_deref().unwrap_or(&Nobody);
        let letting_go;
        let application: &dyn Application = match stream {
            None => application,
            Some(_) => {
                letting_go = LettingGo(application);
                &letting_go
            }
        };
        let finished = config
            .engine
            .respond(application, environ, rules, exchange, &mut response);
        let complete = finished.is_complete();
        let made = environ.has_hooks().then(|| Made::of(&finished, exchange));
        // A peer that has given its request up still wants to hear of its end.
        let whole = complete || stream.is_some_and(Stream::is_aborted);
        let tail = response.finish(finished.rest, whole);
        let next = match whole {
            _ if response.gone => Next::Cut,
            true if response.keep_alive => Next::Request,
            true => Next::End,
            false => response.broken(),
        };
        (tail, next, made)
    }

    /// Answers a request that is not for the application.
    fn turn_down(
        &mut self,
        (head, bytes): (&Head, &[u8]),
        refusal: &Refusal,
        next: Next,
    ) -> Answer {
        self.kit.environ.clear();
        self.report(head.protocol(), refusal);
        refusal.write(&mut self.kit.out, head, bytes, &self.kit.clock);
        Answer::whole(next)
    }

    /// Writes to the server's errors stream why a request of a front server never
    /// reached the application, or what this server lacked for one of a client: there
    /// is somebody who can mend that. Of clients' mistakes the log would be full.
    pub(crate) fn report(&mut self, protocol: Protocol, refusal: &Refusal) {
        let is_told = protocol.is_gateway() || refusal.is_ours();
        if !is_told || refusal.is_abort() || !self.reserve() {
            return;
        }
        let was_owner = self.is_owner();
        self.leave_for_foreign(); // the stream may be the program's own
        let errors = &self.shared.config.errors;
        let print = || errors.print(format_args!("{protocol}: {}", refusal.for_log()));
        guarded(print);
        self.rejoin(was_owner);
    }
}

impl Kit {
    /// Fills the environ from a request's head.
    #[inline(always)] // in the one place that calls it
    fn receive(
        &mut self,
        connection: &Connection,
        bytes: &[u8],
        head: &Head,
        config: &Config,
    ) -> std::result::Result<(), InvalidVariable> {
        let environ = &mut self.environ;
        environ.set_base(config.base(head.protocol()));
        environ.set_connection(&connection.variables);
        head.receive(bytes, &mut self.fields, environ)?;
        if let Some(script_name) = &config.script_name {
            environ.derive_path(script_name)?;
        }
        Ok(())
    }
}
