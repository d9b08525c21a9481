//! A transport in memory that records its calls.

use std::{fmt::Write as _, io};

use wsgi_application::{Application, Environ, Head};
use wsgi_environ::{End, Errors};
use wsgi_gateway::{Delimiter, Delivery, Engine, Exchange, Framing, Rest, Rules, Transport};

/// A request and its settings.
pub(crate) struct Request {
    pub(crate) engine: Engine,
    pub(crate) rules: Rules,
    pub(crate) environ: Environ,
    /// The number of calls of the transport after which the client is gone.
    patience: usize,
    /// The error of the calls after that, if it is not that of a broken pipe.
    error: Option<io::ErrorKind>,
}

impl Request {
    /// `GET /` in HTTP/1.1.
    pub(crate) fn get() -> Self {
        let mut environ = Environ::new();
        environ.set("REQUEST_METHOD", "GET");
        environ.set("PATH_INFO", "/");
        Request {
            engine: Engine::new().max_backtrace_lines(Some(0)),
            rules: Rules {
                head_only: false,
                chunked: true,
            },
            environ,
            patience: usize::MAX,
            error: None,
        }
    }

    pub(crate) fn head() -> Self {
        let mut request = Self::get();
        request.environ.set("REQUEST_METHOD", "HEAD");
        request.rules.head_only = true;
        request
    }

    pub(crate) fn http10() -> Self {
        let mut request = Self::get();
        request.rules.chunked = false;
        request
    }

    pub(crate) fn error_output(mut self, application: impl Application + 'static) -> Self {
        self.engine = self.engine.error_output(application);
        self
    }

    pub(crate) fn client_leaves_after(mut self, calls: usize) -> Self {
        self.patience = calls;
        self
    }

    pub(crate) fn transport_fails_with(mut self, error: io::ErrorKind) -> Self {
        self.error = Some(error);
        self
    }

    #[expect(clippy::needless_pass_by_value, reason = "calls read better")]
    pub(crate) fn run(mut self, application: impl Application) -> Response {
        let (errors, log) = Errors::buffer();
        self.environ.set_errors(errors);
        let mut exchange = Exchange::new();
        let mut memory = Memory {
            patience: self.patience,
            error: self.error,
            ..Memory::default()
        };
        let Request {
            engine,
            rules,
            mut environ,
            ..
        } = self;
        environ.share_deadline();
        let delivery = engine.respond(
            &application,
            &mut environ,
            rules,
            &mut exchange,
            &mut memory,
        );
        let mut events = memory.events;
        match &delivery.rest {
            Rest::Nothing => {}
            Rest::Bytes(bytes) => {
                events.push(format!("rest {}", shown(bytes)));
                memory.body.extend_from_slice(bytes);
            }
            Rest::File(_, length) => events.push(format!("rest file {length}")),
            rest => events.push(format!("{rest:?}")),
        }
        events.push(
            match delivery.end() {
                End::Complete => "complete",
                End::Disconnected => "disconnected",
                End::Failed => "failed",
                _ => "ended in another way",
            }
            .to_owned(),
        );
        Response {
            transcript: events.join(", "),
            fields: memory.fields,
            framing: memory.framing,
            body: memory.body,
            log: log.to_string(),
            status_code: delivery.status_code(&exchange),
            delivery,
            environ,
            calls: memory.calls,
        }
    }
}

/// The response to a request.
pub(crate) struct Response {
    /// The calls of the transport, and the end.
    pub(crate) transcript: String,
    /// The fields of the head, as lines.
    pub(crate) fields: String,
    pub(crate) framing: Option<Framing>,
    /// The body, including the rest if it is bytes.
    pub(crate) body: Vec<u8>,
    pub(crate) log: String,
    pub(crate) delivery: Delivery,
    pub(crate) status_code: Option<u16>,
    pub(crate) environ: Environ,
    /// The number of calls of the transport.
    pub(crate) calls: usize,
}

impl Response {
    /// Checks the calls of the transport.
    #[track_caller]
    pub(crate) fn is(self, name: &str, transcript: &str) -> Self {
        assert_eq!(self.transcript, transcript, "{name}");
        self
    }

    #[track_caller]
    pub(crate) fn has_log(self, log: &str) -> Self {
        assert_eq!(self.log, log);
        self
    }

    #[track_caller]
    pub(crate) fn has_fields(self, fields: &str) -> Self {
        assert_eq!(self.fields, fields);
        self
    }
}

#[derive(Default)]
struct Memory {
    events: Vec<String>,
    fields: String,
    framing: Option<Framing>,
    body: Vec<u8>,
    patience: usize,
    error: Option<io::ErrorKind>,
    calls: usize,
}

impl Memory {
    fn call(&mut self) -> io::Result<()> {
        self.calls += 1;
        if self.calls > self.patience {
            return Err(self.error.unwrap_or(io::ErrorKind::BrokenPipe).into());
        }
        Ok(())
    }
}

impl Transport for Memory {
    fn head(&mut self, head: &Head, framing: Framing) -> io::Result<()> {
        self.call()?;
        assert!(self.framing.is_none(), "a second head");
        assert!(head.is_committed());
        self.framing = Some(framing);
        let mut event = head.status.to_string();
        if let Some(length) = framing.content_length {
            let _ = write!(event, " +length {length}");
        }
        let _ = match framing.delimiter {
            Delimiter::None => write!(event, " (none)"),
            Delimiter::Length(length) => write!(event, " ({length})"),
            Delimiter::Chunked => write!(event, " (chunked)"),
            Delimiter::Close => write!(event, " (close)"),
        };
        self.events.push(event);
        for (name, value) in &head.headers {
            let _ = writeln!(self.fields, "{name}: {value}");
        }
        Ok(())
    }

    fn body(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.call()?;
        assert!(self.framing.is_some(), "bytes before the head");
        assert!(!bytes.is_empty(), "an empty chunk");
        self.events.push(shown(bytes));
        self.body.extend_from_slice(bytes);
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.call()?;
        self.events.push("flush".to_owned());
        Ok(())
    }

    fn check_client(&mut self) -> io::Result<()> {
        match self.calls < self.patience {
            true => Ok(()),
            false => Err(self.error.unwrap_or(io::ErrorKind::BrokenPipe).into()),
        }
    }
}

fn shown(bytes: &[u8]) -> String {
    if bytes.len() > 64 {
        return format!("{} bytes", bytes.len());
    }
    format!("{:?}", String::from_utf8_lossy(bytes))
}
