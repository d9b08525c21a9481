//! One epoll loop per core, each with a listening socket of its own (`SO_REUSEPORT`). Heads are
//! parsed by httparse, a body is passed over, and the response is a constant. No server that parses
//! can do less.

use std::io::{self, ErrorKind, Read, Write};
use std::mem::MaybeUninit;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsFd;
use std::thread;

use httparse::{EMPTY_HEADER, Request, Status};
use options::{HELLO, Options};
use rustix::buffer::spare_capacity;
use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};
use rustix::fd::OwnedFd;
use rustix::net::sockopt::{set_socket_reuseaddr, set_socket_reuseport, set_tcp_nodelay};
use rustix::net::{AddressFamily, SocketType, bind, listen, socket};

/// The key of the listening socket. Those of connections begin at zero.
const LISTENER: u64 = u64::MAX;

/// The number of events that one wait takes.
const EVENTS: usize = 512;

/// The greatest number of fields in a head.
const FIELDS: usize = 64;

fn main() -> io::Result<()> {
    let options = Options::from_args();
    let first = listener(options.bind)?;
    let address = first.local_addr()?;
    let others: io::Result<Vec<_>> = (1..options.threads).map(|_| listener(address)).collect();
    for other in others? {
        thread::spawn(move || Loop::new(other)?.run());
    }
    options::listening_on(address);
    Loop::new(first)?.run()
}

/// A listening socket beside others on the same address.
fn listener(address: SocketAddr) -> io::Result<TcpListener> {
    let family = match address {
        SocketAddr::V4(_) => AddressFamily::INET,
        SocketAddr::V6(_) => AddressFamily::INET6,
    };
    let socket = socket(family, SocketType::STREAM, None)?;
    set_socket_reuseaddr(&socket, true)?;
    set_socket_reuseport(&socket, true)?;
    set_tcp_nodelay(&socket, true)?; // each connection has it from here
    bind(&socket, &address)?;
    listen(&socket, 4096)?;
    let listener = TcpListener::from(socket);
    listener.set_nonblocking(true)?;
    Ok(listener)
}

struct Loop {
    epoll: OwnedFd,
    listener: TcpListener,
    connections: Vec<Option<Connection>>,
    free: Vec<usize>,
    responses: Responses,
    output: Vec<u8>,
}

/// The response, and the one to a request that asks for the end of its connection.
struct Responses {
    usual: Vec<u8>,
    last: Vec<u8>,
}

impl Loop {
    fn new(listener: TcpListener) -> io::Result<Self> {
        let epoll = epoll::create(CreateFlags::CLOEXEC)?;
        let data = EventData::new_u64(LISTENER);
        epoll::add(&epoll, listener.as_fd(), data, EventFlags::IN)?;
        let response = |connection: &str| {
            format!(
                "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n{connection}Content-Length: {}\r\n\r\n{HELLO}",
                HELLO.len()
            )
        };
        let responses = Responses {
            usual: response("").into_bytes(),
            last: response("Connection: close\r\n").into_bytes(),
        };
        Ok(Self {
            epoll,
            listener,
            connections: Vec::new(),
            free: Vec::new(),
            responses,
            output: Vec::new(),
        })
    }

    fn run(&mut self) -> io::Result<()> {
        let mut events: Vec<Event> = Vec::with_capacity(EVENTS);
        loop {
            events.clear();
            match epoll::wait(&self.epoll, spare_capacity(&mut events), None) {
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                result => result?,
            };
            for event in &events {
                match event.data.u64() {
                    LISTENER => self.accept()?,
                    index => self.serve(index as usize),
                }
            }
        }
    }

    /// Accepts the clients that wait.
    fn accept(&mut self) -> io::Result<()> {
        loop {
            let stream = match self.listener.accept() {
                Ok((stream, _)) => stream,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            };
            stream.set_nonblocking(true)?;
            let index = self.free.pop().unwrap_or(self.connections.len());
            let flags = EventFlags::IN | EventFlags::OUT | EventFlags::ET;
            let data = EventData::new_u64(index as u64);
            epoll::add(&self.epoll, stream.as_fd(), data, flags)?;
            let connection = Connection {
                stream,
                input: Vec::new(),
                body: 0,
                unsent: Vec::new(),
            };
            if index == self.connections.len() {
                self.connections.push(Some(connection));
            } else {
                self.connections[index] = Some(connection);
            }
        }
    }

    /// Answers the requests on a connection, and removes one that has ended.
    fn serve(&mut self, index: usize) {
        let Some(connection) = &mut self.connections[index] else {
            return;
        };
        if connection.serve(&mut self.output, &self.responses).is_err() {
            self.connections[index] = None;
            self.free.push(index);
        }
    }
}

struct Connection {
    stream: TcpStream,
    /// The part of a request that has come.
    input: Vec<u8>,
    /// The rest of a body, after which the usual response is sent.
    body: usize,
    unsent: Vec<u8>,
}

impl Connection {
    fn serve(&mut self, output: &mut Vec<u8>, responses: &Responses) -> io::Result<()> {
        let unsent = std::mem::take(&mut self.unsent);
        self.send(&unsent)?;
        let mut buffer = [0; 32 * 1024];
        // A client that does not read its responses is not read from.
        while self.unsent.is_empty() {
            let received = match self.stream.read(&mut buffer) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(received) => received,
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            };
            output.clear();
            let passed = self.body.min(received);
            self.body -= passed;
            if passed > 0 && self.body == 0 {
                output.extend_from_slice(&responses.usual);
            }
            let bytes = &buffer[passed..received];
            let answered = if self.input.is_empty() {
                let answered = answer(bytes, output, responses)?;
                self.input.extend_from_slice(&bytes[answered.used..]);
                answered
            } else {
                self.input.extend_from_slice(bytes);
                let answered = answer(&self.input, output, responses)?;
                self.input.drain(..answered.used);
                answered
            };
            self.body += answered.body;
            self.send(output)?;
            if answered.closes {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            // A short read empties the socket. epoll reports further bytes.
            if received < buffer.len() {
                break;
            }
        }
        Ok(())
    }

    /// Sends the bytes that the socket accepts, and keeps the others.
    fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut sent = 0;
        while sent < bytes.len() {
            match self.stream.write(&bytes[sent..]) {
                Ok(written) => sent += written,
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        self.unsent.extend_from_slice(&bytes[sent..]);
        Ok(())
    }
}

/// The end of the requests that [`answer`] has found.
#[derive(Default)]
struct Answered {
    /// The number of bytes that are done with.
    used: usize,
    /// The rest of the last body. Its request is not yet answered.
    body: usize,
    /// Whether the last request asks for the end of the connection.
    closes: bool,
}

/// Answers the requests that are complete.
fn answer(bytes: &[u8], output: &mut Vec<u8>, responses: &Responses) -> io::Result<Answered> {
    let mut answered = Answered::default();
    while answered.used < bytes.len() {
        let bytes = &bytes[answered.used..];
        let mut fields = [const { MaybeUninit::uninit() }; FIELDS];
        let mut request = Request::new(&mut []);
        let status = request
            .parse_with_uninit_headers(bytes, &mut fields)
            .map_err(io::Error::other)?;
        let Status::Complete(length) = status else {
            break;
        };
        let body = value(&request, "content-length")
            .and_then(|text| text.parse::<usize>().ok())
            .unwrap_or_default();
        let come = body.min(bytes.len() - length);
        answered.used += length + come;
        answered.body = body - come;
        if answered.body > 0 {
            break;
        }
        if value(&request, "connection").is_some_and(|text| text.eq_ignore_ascii_case("close")) {
            output.extend_from_slice(&responses.last);
            answered.closes = true;
            break;
        }
        output.extend_from_slice(&responses.usual);
    }
    Ok(answered)
}

/// The value of a field.
fn value<'a>(request: &Request<'_, 'a>, name: &str) -> Option<&'a str> {
    let field = request
        .headers
        .iter()
        .find(|field| field.name.eq_ignore_ascii_case(name) && *field != &EMPTY_HEADER)?;
    str::from_utf8(field.value).ok()
}
