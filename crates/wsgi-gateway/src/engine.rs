//! From a request to its response, the same in every gateway.

use std::{
    fmt,
    io::{self, Read},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use wsgi_application::{
    Application, Chunk, Environ, Error, FileWrapper, Head, Result, StartResponse,
};

use crate::{Failure, Panic, Rules, Transport, log, sending::Sending};

/// The response engine, with what a gateway sets once for all requests.
///
/// ```
/// use wsgi_application::{Environ, Status, application};
/// use wsgi_gateway::{Engine, Exchange, Framing, Rest, Rules, Transport};
///
/// /// Keeps a response in memory.
/// #[derive(Default)]
/// struct Memory(Vec<u8>);
///
/// impl Transport for Memory {
///     fn head(&mut self, head: &wsgi_application::Head, framing: Framing) -> std::io::Result<()> {
///         self.0.extend_from_slice(format!("{}\r\n", head.status).as_bytes());
///         if let Some(length) = framing.content_length {
///             self.0.extend_from_slice(format!("Content-Length: {length}\r\n").as_bytes());
///         }
///         head.headers.write_to(&mut self.0);
///         Ok(())
///     }
///     fn body(&mut self, bytes: &[u8]) -> std::io::Result<()> {
///         self.0.extend_from_slice(bytes);
///         Ok(())
///     }
///     fn flush(&mut self) -> std::io::Result<()> {
///         Ok(())
///     }
/// }
///
/// let app = application(|_environ, start_response| {
///     start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
///     Ok("Hello world!\n".into())
/// });
/// let (mut environ, mut memory) = (Environ::new(), Memory::default());
/// let finished = Engine::new().respond(&app, &mut environ, Rules::default(), &mut Exchange::new(), &mut memory);
/// assert!(finished.is_complete());
/// finished.rest.send(&mut memory)?;
/// assert_eq!(memory.0, b"200 OK\r\nContent-Length: 13\r\nContent-Type: text/plain\r\n\r\nHello world!\n");
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone)]
pub struct Engine {
    error_output: Arc<dyn Application>,
    backtrace_limit: Option<usize>,
}

impl Engine {
    /// The engine with its defaults: [`error_output`](crate::error_output),
    /// backtraces logged whole.
    #[must_use]
    pub fn new() -> Self {
        Engine {
            error_output: Arc::new(crate::error_output),
            backtrace_limit: None,
        }
    }

    /// The application that answers in place of one that failed before its
    /// head was sent. It finds a [`Failure`] in the environ's extensions.
    #[must_use]
    pub fn error_output(mut self, application: impl Application + 'static) -> Self {
        self.error_output = Arc::new(application);
        self
    }

    /// At most how many lines of an error's backtrace are logged; `None`, the
    /// default, for all of them. Backtraces exist where `RUST_BACKTRACE` asks
    /// for them.
    #[must_use]
    pub fn backtrace_limit(mut self, lines: Option<usize>) -> Self {
        self.backtrace_limit = lines;
        self
    }

    /// Calls `application` for the request in `environ` and sends its response
    /// to `transport`, all but a rest that needs no application.
    ///
    /// Never fails and never panics: an error or a panic of the application is
    /// logged to the errors stream and answered by the error output, or cuts
    /// the response if its head is out. The body is dropped before the return
    /// unless it is in the rest.
    pub fn respond(
        &self,
        application: &(impl Application + ?Sized),
        environ: &mut Environ,
        rules: Rules,
        exchange: &mut Exchange,
        transport: &mut dyn Transport,
    ) -> Finished {
        let mut sending = Sending::new(transport, rules);
        let mut result = attempt(application, environ, exchange, &mut sending);
        if let Err(error) = result {
            if error.is_disconnected() {
                return Finished {
                    rest: Rest::Nothing,
                    ending: Ending::Disconnected,
                };
            }
            log::failure(environ, &error, self.backtrace_limit);
            if sending.is_sent() {
                return Finished {
                    rest: Rest::Nothing,
                    ending: Ending::Failed,
                };
            }
            result = self.replace(error, environ, exchange, &mut sending);
        }
        if sending.had_surplus() {
            log::message(
                environ,
                format_args!("bytes beyond the declared Content-Length were cut"),
            );
        }
        match result {
            Ok(rest) if sending.shortfall() == 0 => Finished {
                rest,
                ending: Ending::Complete,
            },
            Ok(rest) => {
                let missing = sending.shortfall();
                log::message(
                    environ,
                    format_args!("the body is {missing} bytes short of its Content-Length"),
                );
                Finished {
                    rest,
                    ending: Ending::Failed,
                }
            }
            Err(_) => Finished {
                rest: Rest::Nothing,
                ending: Ending::Failed,
            },
        }
    }

    /// Answers in place of an application that failed, by the error output, or
    /// where that fails too by the plainest one there is.
    fn replace(
        &self,
        error: Error,
        environ: &mut Environ,
        exchange: &mut Exchange,
        sending: &mut Sending<'_>,
    ) -> Result<Rest> {
        environ.insert_extension(Failure::new(error));
        attempt(&*self.error_output, environ, exchange, sending).or_else(|error| {
            if !error.is_disconnected() {
                log::message(environ, format_args!("the error output failed: {error}"));
            }
            if sending.is_sent() {
                return Err(error);
            }
            attempt(&crate::error_output, environ, exchange, sending)
        })
    }
}

impl Default for Engine {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine")
            .field("backtrace_limit", &self.backtrace_limit)
            .finish_non_exhaustive()
    }
}

/// One call and the delivery of its body, all of it application code.
fn attempt(
    application: &(impl Application + ?Sized),
    environ: &mut Environ,
    exchange: &mut Exchange,
    sending: &mut Sending<'_>,
) -> Result<Rest> {
    let Exchange { head, gathered } = exchange;
    head.clear();
    gathered.clear();
    catch_unwind(AssertUnwindSafe(|| {
        let body = application.call(environ, &mut StartResponse::new(head, gathered, sending))?;
        sending.deliver(head, gathered, body)
    }))
    .unwrap_or_else(|payload| Err(Panic::new(&*payload).into()))
}

/// The buffers of one request's response, kept from one request to the next.
#[derive(Debug, Default)]
pub struct Exchange {
    head: Head,
    gathered: Vec<u8>,
}

impl Exchange {
    /// Empty buffers.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The head of the last response: what was sent, for logs and hooks.
    #[must_use]
    pub fn head(&self) -> &Head {
        &self.head
    }
}

/// How a response came out.
#[derive(Debug)]
#[must_use]
pub struct Finished {
    /// What the gateway has yet to send.
    pub rest: Rest,
    ending: Ending,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    Complete,
    Failed,
    Disconnected,
}

impl Finished {
    /// Whether the response, with its rest, is as its head promises. If not,
    /// the gateway must end it so that the client can tell, by cutting the
    /// connection, after what is left in `rest`.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.ending == Ending::Complete
    }

    /// Whether it ended because the client went away.
    #[must_use]
    pub fn is_disconnected(&self) -> bool {
        self.ending == Ending::Disconnected
    }
}

/// The end of a body that a gateway can send on its own, when the client takes it.
#[derive(Debug)]
#[non_exhaustive]
pub enum Rest {
    /// All is sent.
    Nothing,
    /// These bytes.
    Bytes(Chunk),
    /// So many bytes of this file, from where it stands.
    File(FileWrapper, u64),
}

impl Rest {
    /// Sends it, for a gateway that has no better way.
    ///
    /// # Errors
    ///
    /// Those of the transport, and of a file that cannot be read or has become
    /// shorter than it was: then the response is cut.
    pub fn send(self, transport: &mut dyn Transport) -> io::Result<()> {
        match self {
            Rest::Nothing => Ok(()),
            Rest::Bytes(bytes) => transport.body(&bytes),
            Rest::File(mut file, mut left) => {
                let mut block = vec![0; file.block_size()];
                while left > 0 {
                    let wanted = usize::try_from(left).unwrap_or(usize::MAX).min(block.len());
                    let length = file.read(&mut block[..wanted])?;
                    if length == 0 {
                        return Err(io::ErrorKind::UnexpectedEof.into());
                    }
                    transport.body(&block[..length])?;
                    left -= length as u64;
                }
                Ok(())
            }
        }
    }
}
