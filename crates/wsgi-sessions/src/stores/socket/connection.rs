//! One connection to the session server.

use std::{
    io::{self, Read, Write as _},
    os::unix::net::UnixStream,
    path::PathBuf,
    time::Duration,
};

use crate::{
    record::{Annex, Record},
    stores::{
        dial::dial,
        patient::Patient,
        pool::{Broken, Fault, Server},
        turn::Turn,
    },
    wire::{Inbox, Message},
};

/// The longest answer: one with the largest record.
const MAX_MESSAGE: usize = Record::MAX_ENCODED + Annex::MAX_ENCODED + 1024;

/// The path at which the session server listens.
pub(super) struct Address(pub(super) PathBuf);

pub(super) struct Connection {
    stream: UnixStream,
    inbox: Inbox,
}

impl Server for Address {
    type Connection = Connection;

    fn name(&self) -> String {
        format!("the session server at {}", self.0.display())
    }

    fn connect(&self, turn: &mut Turn<'_>) -> Result<Connection, Broken> {
        loop {
            // The server is tried at least once, however short the wait is.
            let wait = turn.patience_until(turn.found_by);
            let dialled = dial(&self.0, *wait.as_ref().unwrap_or(&Duration::ZERO));
            let error = match dialled {
                Ok(stream) => {
                    turn.renew();
                    let inbox = Inbox::new(MAX_MESSAGE);
                    return Ok(Connection { stream, inbox });
                }
                Err(error) => error,
            };
            let is_crowded = error.kind() == io::ErrorKind::WouldBlock;
            if is_crowded && wait.is_ok() {
                continue;
            }
            return Err(Broken {
                fault: if is_absent(&error) {
                    Fault::Severed
                } else {
                    Fault::Final
                },
                may_be_done: false,
                cause: unreachable(&error).into(),
            });
        }
    }
}

impl Connection {
    /// Sends a request and waits for its answer.
    pub(super) fn exchange(
        &mut self,
        request: &[u8],
        turn: &Turn<'_>,
    ) -> Result<Message<'_>, Broken> {
        if !self.inbox.is_empty() {
            // An answer that nobody asked for would pass for the answer to this request.
            return Err(broken(io::ErrorKind::ConnectionReset.into(), false));
        }
        let mut stream = Patient {
            stream: &self.stream,
            turn,
        };
        let sent = stream.write_all(request);
        match &sent {
            Ok(()) => receive(&mut stream, &mut self.inbox).map_err(|error| broken(error, true))?,
            // A server with too many clients says so, and closes the connection without reading.
            Err(error) if is_severed(error) => drop(receive(&mut stream, &mut self.inbox)),
            Err(_) => {}
        }
        match (self.inbox.next(), sent) {
            (Ok(Some(message)), Ok(())) => Ok(message),
            (Ok(Some(message)), Err(_)) if message.strings()[0] == b"ERROR" => Ok(message),
            (_, Err(error)) => Err(broken(error, false)),
            (Ok(None), Ok(())) => Err(broken(io::ErrorKind::UnexpectedEof.into(), true)),
            (Err(malformed), Ok(())) => Err(broken(io::Error::other(malformed), true)),
        }
    }

    /// Releases the memory of a large answer.
    pub(super) fn release(&mut self) {
        self.inbox.release();
    }
}

/// Reads until the inbox has a message or an error.
fn receive(stream: &mut impl Read, inbox: &mut Inbox) -> io::Result<()> {
    let mut bytes = [0; 16 * 1024];
    while !inbox.is_ready() {
        match stream.read(&mut bytes)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            count => inbox.receive(&bytes[..count]),
        }
    }
    Ok(())
}

fn broken(error: io::Error, may_be_done: bool) -> Broken {
    Broken {
        fault: match error.kind() {
            io::ErrorKind::TimedOut => Fault::Silent,
            _ if is_severed(&error) => Fault::Severed,
            _ => Fault::Final,
        },
        may_be_done,
        cause: error.into(),
    }
}

fn unreachable(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::WouldBlock => "it accepts no connections".to_owned(),
        _ => format!("there is no server: {error}"),
    }
}

/// Whether the server may come back: it is not listening, has no room, or has no socket yet.
fn is_absent(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::WouldBlock
            | io::ErrorKind::Interrupted
    )
}

/// Whether the server closed the connection, as it does when it ends. macOS then reports that a
/// timeout is invalid, which ours never are, because none is zero.
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
