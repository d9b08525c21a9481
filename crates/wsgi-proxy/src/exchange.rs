//! A request that is passed on, up to the head of its response.

use std::io::{self, BufRead};

use wsgi_application::Status;
use wsgi_environ::{Environ, Input};

use crate::{
    connection::Connection,
    failure::Failure,
    pool::Pool,
    request_head::RequestBody,
    response_head::{self, Malformed, ResponseHead, ResponseKind},
    settings::Settings,
    upload::Upload,
    waiting::Waiting,
};

/// The most informational responses before the final one.
const MAX_INFORMATIONAL: usize = 64;

/// The head of a response, and the connection that its body follows on.
pub(crate) struct Exchange {
    pub(crate) head: ResponseHead,
    pub(crate) connection: Connection,
    pub(crate) waiting: Waiting,
}

impl Exchange {
    /// Sends a request and reads the head of its response.
    ///
    /// A request that may be sent twice goes over a connection that was kept, if there is one. If
    /// the server has closed that meanwhile, the request is sent again over a new one (RFC 9110
    /// section 9.2.2). Some servers close it with 408, since no request has come (section 15.5.9);
    /// a 408 after which the connection stays open is the application's own.
    /// Every other request gets a new connection, so that it never fails because of this.
    pub(crate) fn run(
        environ: &mut Environ,
        settings: &Settings,
        pool: &Pool,
        head: &[u8],
        body: RequestBody,
    ) -> Result<Self, Failure> {
        if settings.max_idle > 0
            && may_be_repeated(environ, body)
            && let Some(connection) = pool.take()
        {
            let mut sent = Sent::new(connection, environ, settings);
            match sent.send(head).and_then(|()| sent.read_head()) {
                Err(Failure::NoResponse(_)) if sent.connection.received().is_empty() => {}
                Ok(head) if head.has_code(Status::REQUEST_TIMEOUT.code()) && !head.stays_open() => {
                }
                result => return result.map(|head| sent.with(head)),
            }
        }
        let mut sent = Sent::new(settings.connect(environ.deadline())?, environ, settings);
        sent.send_with_body(head, body, environ)?;
        let head = sent.read_head()?;
        Ok(sent.with(head))
    }
}

/// Whether a request has no body and an idempotent method (RFC 9110 section 9.2.2).
fn may_be_repeated(environ: &Environ, body: RequestBody) -> bool {
    const IDEMPOTENT: [&str; 6] = ["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"];
    let method = environ.request_method();
    let has_no_body = matches!(body, RequestBody::Empty | RequestBody::Known(0));
    has_no_body && IDEMPOTENT.iter().any(|name| method == *name)
}

/// A connection over which a request is sent.
struct Sent {
    connection: Connection,
    waiting: Waiting,
}

impl Sent {
    fn new(connection: Connection, environ: &Environ, settings: &Settings) -> Self {
        Self {
            connection,
            waiting: Waiting::new(environ, settings.response_timeout),
        }
    }

    fn with(self, head: ResponseHead) -> Exchange {
        Exchange {
            head,
            connection: self.connection,
            waiting: self.waiting,
        }
    }

    fn send(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let left = self.waiting.time_left()?;
        match self.connection.write_within(bytes, left) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::TimedOut => {
                Err(self.waiting.time_left().err().unwrap_or(Failure::Timeout))
            }
            Err(error) => Err(Failure::NoResponse(Some(error))),
        }
    }

    /// Sends a head and a body. What cannot be sent at once is left to another thread, since the
    /// server may answer before it has read everything.
    fn send_with_body(
        &mut self,
        head: &[u8],
        body: RequestBody,
        environ: &mut Environ,
    ) -> Result<(), Failure> {
        let input = environ.input();
        match (body, input.buffered()) {
            (RequestBody::Empty | RequestBody::Known(0), _) => self.send(head),
            (_, Some(whole)) => {
                let whole = [head, whole].concat();
                match self.connection.write_at_once(&whole) {
                    Ok(None) => Ok(()),
                    Ok(Some(sent)) if sent < head.len() => {
                        self.send(&head[sent..])?;
                        self.upload(environ.take_input(), body)
                    }
                    Ok(Some(sent)) => {
                        let mut input = environ.take_input();
                        input.consume(sent - head.len());
                        let rest = RequestBody::Known((whole.len() - sent) as u64);
                        self.upload(input, rest)
                    }
                    Err(_) => {
                        self.waiting.cut_body();
                        Ok(())
                    }
                }
            }
            (_, None) => {
                self.send(head)?;
                self.upload(environ.take_input(), body)
            }
        }
    }

    /// Has another thread send a body.
    fn upload(&mut self, input: Input, body: RequestBody) -> Result<(), Failure> {
        let socket = self.connection.socket().clone();
        let upload = Upload::start(input, body, socket).map_err(Failure::Input)?;
        self.waiting.attend(upload);
        Ok(())
    }

    /// Reads the head of the final response.
    fn read_head(&mut self) -> Result<ResponseHead, Failure> {
        for _ in 0..MAX_INFORMATIONAL {
            let head = self.read_any_head()?;
            match head.kind {
                ResponseKind::Final(_) => return Ok(head),
                ResponseKind::Informational(101) => {
                    let what = "a change of protocols that nobody has asked for";
                    return Err(Failure::Malformed(Malformed(what)));
                }
                ResponseKind::Informational(_) => {}
            }
        }
        let what = "too many informational responses";
        Err(Failure::Malformed(Malformed(what)))
    }

    fn read_any_head(&mut self) -> Result<ResponseHead, Failure> {
        let mut looked = 0;
        loop {
            let bytes = self.connection.received();
            if !bytes.is_empty()
                && let Some(end) = response_head::end(bytes, looked).map_err(Failure::Malformed)?
            {
                let head = ResponseHead::parse(&bytes[..end]).map_err(Failure::Malformed)?;
                self.connection.consume(end);
                return Ok(head);
            }
            looked = bytes.len();
            let is_new = bytes.is_empty();
            if self.waiting.read(&mut self.connection)? == 0 {
                return Err(match is_new {
                    true => Failure::NoResponse(None),
                    false => Failure::Malformed(Malformed("a part of a head")),
                });
            }
        }
    }
}
