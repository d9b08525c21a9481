//! The connections to the session server, and what happens when one breaks.

use std::io;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::connection::{Broken, Connection};
use crate::{StoreError, wire};

/// How long a call rests before it looks for the server again.
const REST: Duration = Duration::from_millis(10);

pub(super) struct Pool {
    pub(super) path: PathBuf,
    pub(super) reconnect_timeout: Duration,
    pub(super) answer_timeout: Duration,
    pub(super) most_idle: usize,
    idle: Mutex<Vec<Connection>>,
}

/// An answer, and how it was come by.
pub(super) struct Exchange<'a> {
    pub(super) answer: &'a [&'a [u8]],
    /// Whether the server may have done the request before.
    pub(super) is_repeated: bool,
}

impl Pool {
    pub(super) fn new(path: PathBuf) -> Self {
        Self {
            path,
            reconnect_timeout: Duration::from_secs(1),
            answer_timeout: Duration::from_secs(5),
            most_idle: 16,
            idle: Mutex::default(),
        }
    }

    /// Sends a request, and has `understand` read the answer, unless it is an error.
    pub(super) fn call<T>(
        &self,
        request: &[&[u8]],
        understand: impl FnOnce(Exchange<'_>) -> Option<Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let mut bytes = Vec::with_capacity(4 + wire::length(request));
        wire::write(&mut bytes, request);
        let late = Instant::now() + self.reconnect_timeout;
        let mut is_repeated = false;
        loop {
            let mut connection = self.connection(late).map_err(StoreError::unavailable)?;
            let error = match connection.exchange(&bytes, self.answer_timeout) {
                Ok(message) => {
                    let answer = message.strings();
                    let understood = understand(Exchange {
                        answer,
                        is_repeated,
                    });
                    let result = understood.unwrap_or_else(|| Err(refusal(answer)));
                    // After an error of its own the server may close.
                    if !matches!(result, Err(StoreError::Unavailable(_))) {
                        self.keep(connection);
                    }
                    return result;
                }
                Err(Broken::Asking(error)) => error,
                Err(Broken::Answering(error)) => {
                    is_repeated = true;
                    error
                }
            };
            // What broke one connection broke those that wait beside it.
            self.idle().clear();
            if !is_severed(&error) || Instant::now() >= late {
                return Err(StoreError::unavailable(error));
            }
        }
    }

    /// A connection from before, or a new one once there is a server.
    fn connection(&self, late: Instant) -> io::Result<Connection> {
        if let Some(connection) = self.idle().pop() {
            return Ok(connection);
        }
        loop {
            match Connection::open(&self.path) {
                Err(error) if is_absent(&error) && Instant::now() < late => thread::sleep(REST),
                result => return result,
            }
        }
    }

    fn keep(&self, connection: Connection) {
        let mut idle = self.idle();
        if idle.len() < self.most_idle {
            idle.push(connection);
        }
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether the server may come back: nobody listens, or the socket is not there yet.
fn is_absent(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused | io::ErrorKind::Interrupted
    )
}

/// Whether the server closed the connection, as it does when it ends. macOS then calls timeouts
/// invalid, which ours, being none of zero, are at no other time.
fn is_severed(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::BrokenPipe
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::NotConnected
            | io::ErrorKind::UnexpectedEof
            | io::ErrorKind::InvalidInput
    )
}

/// What an answer that is none of the request's own says.
fn refusal(answer: &[&[u8]]) -> StoreError {
    match answer {
        [b"CORRUPT"] => StoreError::Corrupt,
        [b"EXISTS"] => StoreError::Exists,
        [b"FULL"] => StoreError::Full,
        [b"TOOLARGE"] => StoreError::TooLarge,
        [b"ERROR", why] => {
            let why = String::from_utf8_lossy(&why[..why.len().min(1000)]);
            StoreError::unavailable(format!("the session server says: {why}"))
        }
        _ => StoreError::unavailable("the session server's answer is not understood"),
    }
}
