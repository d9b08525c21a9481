//! A connection to one Redis without TLS: its protocol over a stream that a turn limits.

use std::{
    io::{self, Write as _},
    net::{TcpStream, ToSocketAddrs as _},
};

use redis::{Cmd, ConnectionAddr, ConnectionInfo, ErrorKind, Parser, RedisResult, Value};

use crate::stores::{
    patient::{Patient, Timed, is_over},
    turn::Turn,
};

/// The error of an old Redis that does not know user names.
const NO_USERS: &str = "wrong number of arguments";

/// A connection without TLS.
pub(super) struct Direct {
    stream: Box<dyn Timed + Send>,
    parser: Parser,
}

impl Direct {
    /// Connects, authenticates, and selects the database.
    pub(super) fn connect(address: &ConnectionInfo, turn: &Turn<'_>) -> RedisResult<Self> {
        let stream = dial(address.addr(), turn)?;
        let parser = Parser::new();
        let mut connection = Self { stream, parser };
        let settings = address.redis_settings();
        if let Some(password) = settings.password() {
            connection.authenticate(settings.username(), password, turn)?;
        }
        if settings.db() != 0 {
            let mut select = redis::cmd("SELECT");
            connection.ask(select.arg(settings.db()), turn)?;
        }
        Ok(connection)
    }

    fn authenticate(
        &mut self,
        user: Option<&str>,
        password: &str,
        turn: &Turn<'_>,
    ) -> RedisResult<Value> {
        let mut auth = redis::cmd("AUTH");
        let Some(user) = user else {
            return self.ask(auth.arg(password), turn);
        };
        match self.ask(auth.arg(user).arg(password), turn) {
            Err(error) if error.detail().is_some_and(|why| why.contains(NO_USERS)) => {
                self.ask(redis::cmd("AUTH").arg(password), turn)
            }
            result => result,
        }
    }

    /// Sends a request and waits for its answer.
    pub(super) fn ask(&mut self, request: &Cmd, turn: &Turn<'_>) -> RedisResult<Value> {
        let stream = &*self.stream;
        let mut stream = Patient { stream, turn };
        stream.write_all(&request.get_packed_command())?;
        self.parser.parse_value(&mut stream)?.extract_error()
    }
}

fn dial(address: &ConnectionAddr, turn: &Turn<'_>) -> RedisResult<Box<dyn Timed + Send>> {
    match address {
        ConnectionAddr::Tcp(host, port) => Ok(Box::new(dial_tcp(host, *port, turn)?)),
        #[cfg(unix)]
        ConnectionAddr::Unix(path) => loop {
            let wait = turn.patience()?;
            match crate::stores::dial::dial(path, wait) {
                Err(error) if is_over(&error) => {}
                stream => return Ok(Box::new(stream?)),
            }
        },
        _ => {
            let problem = "this system does not support such an address";
            Err((ErrorKind::InvalidClientConfig, problem).into())
        }
    }
}

/// Tries the addresses of a host, one after the other.
fn dial_tcp(host: &str, port: u16, turn: &Turn<'_>) -> io::Result<TcpStream> {
    let mut last = None;
    for address in (host, port).to_socket_addrs()? {
        let stream = loop {
            match TcpStream::connect_timeout(&address, turn.patience()?) {
                Err(error) if is_over(&error) => {}
                stream => break stream,
            }
        };
        match stream {
            Ok(stream) => {
                stream.set_nodelay(true)?;
                return Ok(stream);
            }
            Err(error) => last = Some(error),
        }
    }
    let nowhere = || io::Error::new(io::ErrorKind::NotFound, "the host has no address");
    Err(last.unwrap_or_else(nowhere))
}
