//! A bare epoll loop. It looks for the blank line byte by byte, parses nothing, and writes a fixed
//! response. Its cost is that of the system calls, below which no HTTP server can be.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{self, TcpListener};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};
use std::thread;

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token, Waker};
use options::{HELLO, Options};

/// The token of the waker. Those of connections begin at zero.
const ARRIVAL: Token = Token(usize::MAX);

/// The end of a request.
const BLANK_LINE: u32 = u32::from_be_bytes(*b"\r\n\r\n");

fn main() -> io::Result<()> {
    let options = Options::from_args();
    let listener = TcpListener::bind(options.bind)?;
    options::listening_on(listener.local_addr()?);
    let loops = (0..options.threads)
        .map(|_| spawn_loop())
        .collect::<io::Result<Vec<_>>>()?;
    for (sender, waker) in loops.iter().cycle() {
        let (stream, _) = listener.accept()?;
        sender.send(stream).map_err(io::Error::other)?;
        waker.wake()?;
    }
    Ok(())
}

/// Starts a thread that serves the connections sent to it.
fn spawn_loop() -> io::Result<(mpsc::Sender<net::TcpStream>, Arc<Waker>)> {
    let poll = Poll::new()?;
    let waker = Arc::new(Waker::new(poll.registry(), ARRIVAL)?);
    let (sender, arrivals) = mpsc::channel();
    thread::spawn(move || Loop::new(poll, arrivals).run());
    Ok((sender, waker))
}

struct Loop {
    poll: Poll,
    arrivals: Receiver<net::TcpStream>,
    connections: Vec<Option<Connection>>,
    free: Vec<usize>,
    response: Vec<u8>,
    input: Vec<u8>,
    output: Vec<u8>,
}

impl Loop {
    fn new(poll: Poll, arrivals: Receiver<net::TcpStream>) -> Self {
        let response = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {}\r\n\r\n{HELLO}",
            HELLO.len()
        );
        Self {
            poll,
            arrivals,
            connections: Vec::new(),
            free: Vec::new(),
            response: response.into_bytes(),
            input: vec![0; 32 * 1024],
            output: Vec::new(),
        }
    }

    fn run(&mut self) -> io::Result<()> {
        let mut events = Events::with_capacity(1024);
        loop {
            match self.poll.poll(&mut events, None) {
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                result => result?,
            }
            for event in &events {
                if event.token() == ARRIVAL {
                    self.admit()?;
                } else {
                    self.serve(event.token().0);
                }
            }
        }
    }

    /// Adds the connections that were sent to this loop.
    fn admit(&mut self) -> io::Result<()> {
        while let Ok(stream) = self.arrivals.try_recv() {
            stream.set_nonblocking(true)?;
            stream.set_nodelay(true)?;
            let mut stream = TcpStream::from_std(stream);
            let index = self.free.pop().unwrap_or(self.connections.len());
            let interests = Interest::READABLE | Interest::WRITABLE;
            self.poll
                .registry()
                .register(&mut stream, Token(index), interests)?;
            let connection = Connection {
                stream,
                last: 0,
                unsent: Vec::new(),
            };
            if index == self.connections.len() {
                self.connections.push(Some(connection));
            } else {
                self.connections[index] = Some(connection);
            }
        }
        Ok(())
    }

    /// Answers the requests on a connection, and removes a closed one.
    fn serve(&mut self, index: usize) {
        let Some(connection) = &mut self.connections[index] else {
            return;
        };
        if connection
            .serve(&mut self.input, &mut self.output, &self.response)
            .is_err()
        {
            self.connections[index] = None;
            self.free.push(index);
        }
    }
}

struct Connection {
    stream: TcpStream,
    /// The last four bytes of the request so far.
    last: u32,
    unsent: Vec<u8>,
}

impl Connection {
    fn serve(&mut self, input: &mut [u8], output: &mut Vec<u8>, response: &[u8]) -> io::Result<()> {
        if !self.unsent.is_empty() {
            let sent = send(&mut self.stream, &self.unsent)?;
            self.unsent.drain(..sent);
        }
        // A client that does not read its responses is not read from.
        while self.unsent.is_empty() {
            let received = match self.stream.read(input) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(received) => received,
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            };
            output.clear();
            let mut last = self.last;
            for &byte in &input[..received] {
                last = last << 8 | u32::from(byte);
                if last == BLANK_LINE {
                    output.extend_from_slice(response);
                }
            }
            self.last = last;
            let sent = send(&mut self.stream, output)?;
            self.unsent.extend_from_slice(&output[sent..]);
            // A short read empties the socket. epoll reports further bytes.
            if received < input.len() {
                break;
            }
        }
        Ok(())
    }
}

/// Sends the bytes that the socket accepts, and returns their number.
fn send(stream: &mut TcpStream, bytes: &[u8]) -> io::Result<usize> {
    let mut sent = 0;
    while sent < bytes.len() {
        match stream.write(&bytes[sent..]) {
            Ok(written) => sent += written,
            Err(error) if error.kind() == ErrorKind::WouldBlock => break,
            Err(error) => return Err(error),
        }
    }
    Ok(sent)
}
