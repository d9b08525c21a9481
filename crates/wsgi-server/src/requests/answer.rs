//! One request, from its bytes to its response.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use wsgi_environ::{Base, Environ, Field, Input, Received};
use wsgi_gateway::{Delimiter, Rest, Rules, Transport};
use wsgi_http1::{BodyLength, RequestHead, Version};

use crate::{
    connections::connection::{Connection, Partial},
    connections::next::{Draining, Next},
    connections::outgoing::Finishing,
    connections::patience::Patience,
    http1::intake::Intake,
    http1::response::{Refusal, Response, refuse},
    http1::stream::{Reader, Remains, Stream},
    loops::shared::Stage,
    loops::worker::{Kit, Worker},
    options::{DRAIN_LIMIT, READ_SIZE},
};

/// A response, of which the first part is in the thread's buffer.
pub(crate) struct Answer {
    pub(crate) rest: Rest,
    pub(crate) next: Next,
    pub(crate) finishing: Option<Box<Finishing>>,
}

impl Answer {
    fn last(next: Next) -> Self {
        Answer {
            rest: Rest::Nothing,
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

    /// Answers a request whose body the application reads from the socket.
    pub(crate) fn answer_streamed(
        &mut self,
        connection: &mut Connection,
        bytes: &[u8],
        intake: &mut Intake,
    ) -> Answer {
        let Some((decoder, gathered, taken)) = intake.take_body() else {
            return Answer::last(Next::Cut);
        };
        let remaining = decoder.remaining();
        let raw = bytes[taken..].to_vec();
        let options = &self.shared.config.options;
        let expects_continue = intake.head.expects_continue() && raw.is_empty();
        let body = (decoder, gathered, raw);
        let stream = Stream::new(
            connection.peer.clone(),
            options.clone(),
            body,
            expects_continue,
        );
        let mut input = Input::from_source(Box::new(Reader::new(stream.clone())));
        if let (BodyLength::Known(_), Some(remaining)) = (intake.head.body(), remaining) {
            input = input.with_remaining(remaining);
        }
        self.kit.environ.set_input(input);
        let mut answer = self.call(
            connection,
            intake.head_bytes(bytes),
            &intake.head,
            Some(&stream),
        );
        match (stream.end(), &answer.next) {
            (Remains::Finished(rest), Next::Request) => {
                connection.partial = Partial::of(rest, self.now);
            }
            (Remains::Drain(decoder, raw), Next::Request) => {
                answer.next = Next::Drain(Box::new(Draining {
                    decoder,
                    raw,
                    allowance: DRAIN_LIMIT,
                }));
            }
            (remains, next) => {
                if matches!(remains, Remains::Busy) {
                    // Somebody reads on, who is not to hold up the end of the connection.
                    connection.peer.stop_reading();
                }
                if !matches!(next, Next::Cut) {
                    answer.next = Next::Close;
                }
            }
        }
        answer
    }

    /// Calls the application for a request whose input is set.
    fn call(
        &mut self,
        connection: &mut Connection,
        bytes: &[u8],
        head: &RequestHead,
        stream: Option<&Stream>,
    ) -> Answer {
        if head.method(bytes) == b"CONNECT" {
            self.kit.environ.clear();
            refuse(&mut self.kit.out, &self.kit.clock, Refusal::Connect);
            return Answer::last(Next::Close);
        }
        self.kit.receive(connection, bytes, head);
        let position = connection.peer.position() + self.kit.out.len() as u64;
        let since = self.now;
        let keep_alive = head.keep_alive() && !self.alone && self.shared.stage() == Stage::Serving;

        let was_owner = self.is_owner();
        self.leave();
        let config = &self.shared.config;
        self.kit.refresh_application(self.shared);
        let Kit {
            environ,
            exchange,
            out,
            clock,
            application,
            ..
        } = &mut self.kit;
        let mut response = Response {
            out,
            peer: &connection.peer,
            patience: Patience::with_write(&config.options),
            clock,
            stream,
            keep_alive,
            http10: head.version() == Version::Http10,
            delimiter: Delimiter::None,
            gone: false,
        };
        // Earlier responses must not wait for a call that may take its time,
        // and `100 Continue` must not overtake them.
        if !response.out.is_empty() && (stream.is_some() || self.shared.loops[self.index].is_slow())
        {
            let _ = response.flush();
        }
        let rules = Rules {
            head_only: head.is_head(bytes),
            chunked: head.version() == Version::Http11,
        };
        let finished =
            config
                .engine
                .respond(&**application, environ, rules, exchange, &mut response);
        let complete = finished.is_complete();
        if complete {
            response.end();
        }
        let next = match (complete, response.delimiter) {
            _ if response.gone => Next::Cut,
            (true, _) if response.keep_alive => Next::Request,
            (false, Delimiter::Close) => Next::Cut,
            _ => Next::Close,
        };
        let rest = small_rest(response.out, finished.rest);
        let has_hooks = environ.has_hooks();
        if !has_hooks {
            forget(environ, &config.base);
        }
        self.rejoin(was_owner);

        let finishing = has_hooks.then(|| {
            let mut fresh = Environ::new();
            fresh.set_base(&self.shared.config.base);
            let environ = std::mem::replace(&mut self.kit.environ, fresh);
            Box::new(Finishing {
                environ,
                position,
                since,
                complete,
            })
        });
        Answer {
            rest,
            next,
            finishing,
        }
    }
}

/// Drops what the application left in the environ, which may panic.
pub(crate) fn forget(environ: &mut Environ, base: &Arc<Base>) {
    if catch_unwind(AssertUnwindSafe(|| environ.clear())).is_err() {
        let mut fresh = Environ::new();
        fresh.set_base(base);
        // What is left of it may panic again.
        std::mem::forget(std::mem::replace(environ, fresh));
    }
}

/// Takes bytes that are few along with the head, rather than send them from
/// where they are.
fn small_rest(out: &mut Vec<u8>, rest: Rest) -> Rest {
    match rest {
        Rest::Bytes(bytes) if bytes.len() <= READ_SIZE => {
            out.extend_from_slice(&bytes);
            Rest::Nothing
        }
        rest => rest,
    }
}

impl Kit {
    /// Fills the environ from a request's head.
    fn receive(&mut self, connection: &Connection, bytes: &[u8], head: &RequestHead) {
        self.fields.clear();
        self.fields.extend(head.fields().iter().map(|field| Field {
            name: field.name,
            value: field.value,
        }));
        self.environ.receive(&Received {
            head: bytes,
            method: head.method_span(),
            target: head.target_span(),
            path: head.path_span(),
            query: head.query_span().unwrap_or_default(),
            authority: head.authority_span(),
            protocol: head.protocol(),
            fields: &self.fields,
        });
        self.environ.set_connection(&connection.variables);
    }
}
