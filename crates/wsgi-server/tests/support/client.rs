//! A plain client.

use std::{
    io::{self, Read, Write},
    net::{Shutdown, SocketAddr, TcpStream},
    os::{fd::OwnedFd, unix::net::UnixStream},
    time::Duration,
};

use wsgi_server::Address;

use super::PATIENCE;

/// A connection, with the bytes that were read but not taken.
pub(crate) struct Client {
    pub(crate) stream: TcpStream,
    received: Vec<u8>,
}

/// A response as it was received.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
    /// Whether the body is complete by its framing.
    pub(crate) complete: bool,
}

impl Client {
    pub(crate) fn connect(address: impl Into<Address>) -> Self {
        let stream = match address.into() {
            Address::Tcp(address) => {
                let stream = TcpStream::connect(address).unwrap();
                stream.set_nodelay(true).unwrap();
                stream
            }
            // The client only uses calls that sockets of both kinds support.
            address => {
                let path = address.path().expect("an address");
                OwnedFd::from(UnixStream::connect(path).unwrap()).into()
            }
        };
        Self::of(stream)
    }

    /// A client with this connection.
    pub(crate) fn of(stream: TcpStream) -> Self {
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        Self {
            stream,
            received: Vec::new(),
        }
    }

    #[track_caller]
    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).unwrap();
    }

    /// Sends bytes. Returns false if the server no longer takes them.
    pub(crate) fn try_send(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.stream.write_all(bytes.as_ref()).is_ok()
    }

    /// The next response, or `None` if the connection ends before its first byte.
    #[track_caller]
    pub(crate) fn try_response(&mut self) -> Option<Response> {
        (!self.received.is_empty() || self.receive()).then(|| self.response())
    }

    /// Sends a request and waits for its response.
    #[track_caller]
    pub(crate) fn ask(&mut self, request: impl AsRef<[u8]>) -> Response {
        self.send(request);
        self.response()
    }

    /// The next response, to any method but HEAD.
    #[track_caller]
    pub(crate) fn response(&mut self) -> Response {
        self.read_response(false)
    }

    /// The next response, to HEAD.
    #[track_caller]
    pub(crate) fn response_to_head(&mut self) -> Response {
        self.read_response(true)
    }

    #[track_caller]
    fn read_response(&mut self, head_only: bool) -> Response {
        let end = loop {
            if let Some(end) = find(&self.received, b"\r\n\r\n") {
                break end + 4;
            }
            let so_far = String::from_utf8_lossy(&self.received).into_owned();
            assert!(self.receive(), "no head of a response: {so_far:?}");
        };
        let head = String::from_utf8(self.received.drain(..end).collect()).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let mut response = Response {
            status,
            head,
            body: Vec::new(),
            complete: true,
        };
        if head_only || status / 100 == 1 || status == 204 || status == 304 {
            return response;
        }
        if response.header("Transfer-Encoding") == Some("chunked") {
            self.read_chunks(&mut response);
        } else if let Some(length) = response.header("Content-Length") {
            let length: usize = length.parse().unwrap();
            response.complete = self.receive_until(length);
            let length = length.min(self.received.len());
            response.body.extend(self.received.drain(..length));
        } else {
            while self.receive() {}
            response.body = std::mem::take(&mut self.received);
        }
        response
    }

    fn read_chunks(&mut self, response: &mut Response) {
        loop {
            let line = loop {
                if let Some(end) = find(&self.received, b"\r\n") {
                    let line: Vec<u8> = self.received.drain(..end + 2).collect();
                    break String::from_utf8(line).unwrap();
                }
                if !self.receive() {
                    response.complete = false;
                    return;
                }
            };
            let size = usize::from_str_radix(line.trim_end(), 16).unwrap();
            let whole = self.receive_until(size + 2);
            let length = size.min(self.received.len());
            response.body.extend(self.received.drain(..length));
            if !whole {
                response.complete = false;
                return;
            }
            assert_eq!(self.received.drain(..2).as_slice(), b"\r\n");
            if size == 0 {
                return;
            }
        }
    }

    /// Reads until this many bytes are there. Returns false if the connection ends before.
    fn receive_until(&mut self, length: usize) -> bool {
        while self.received.len() < length {
            if !self.receive() {
                return false;
            }
        }
        true
    }

    /// Reads some bytes. Returns false at the end, by close or by reset. Silence is a failure.
    fn receive(&mut self) -> bool {
        let mut buffer = vec![0; 64 * 1024];
        loop {
            match self.stream.read(&mut buffer) {
                Ok(0) => return false,
                Ok(count) => {
                    self.received.extend_from_slice(&buffer[..count]);
                    return true;
                }
                Err(error) if error.kind() == io::ErrorKind::ConnectionReset => return false,
                // A socket with a time limit is interrupted when the whole process was stopped.
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => panic!("reading: {error}"),
            }
        }
    }

    /// A second handle of the connection, which can send while this one receives.
    pub(crate) fn twin(&self) -> Self {
        Self {
            stream: self.stream.try_clone().unwrap(),
            received: Vec::new(),
        }
    }

    /// Takes this many bytes, or returns `None` if the connection ends before.
    pub(crate) fn take(&mut self, length: usize) -> Option<Vec<u8>> {
        self.receive_until(length)
            .then(|| self.received.drain(..length).collect())
    }

    /// Takes all bytes up to the end.
    pub(crate) fn take_all(&mut self) -> Vec<u8> {
        while self.receive() {}
        std::mem::take(&mut self.received)
    }

    /// Takes the next bytes: at least one, unless the connection ends.
    pub(crate) fn take_some(&mut self) -> Vec<u8> {
        if self.received.is_empty() {
            self.receive();
        }
        std::mem::take(&mut self.received)
    }

    /// Asserts that the connection ends without another byte.
    #[track_caller]
    pub(crate) fn assert_closed(&mut self) {
        let got = self.receive();
        assert!(!got && self.received.is_empty(), "{}", self.so_far());
    }

    /// Whether the connection has ended. Everything that came before has been taken.
    pub(crate) fn is_closed(&self) -> bool {
        match self.peek() {
            Ok(count) => count == 0,
            Err(error) => error.kind() == io::ErrorKind::ConnectionReset,
        }
    }

    /// Whether there are bytes to read.
    pub(crate) fn has_received(&self) -> bool {
        self.peek().is_ok_and(|count| count > 0)
    }

    fn peek(&self) -> io::Result<usize> {
        self.stream.set_nonblocking(true).unwrap();
        let peeked = self.stream.peek(&mut [0]);
        self.stream.set_nonblocking(false).unwrap();
        peeked
    }

    /// Asserts that nothing comes for this time.
    #[track_caller]
    pub(crate) fn assert_silent(&mut self, time: Duration) {
        assert!(self.received.is_empty(), "{}", self.so_far());
        self.stream.set_read_timeout(Some(time)).unwrap();
        let mut read = || self.stream.read(&mut [0]).expect_err("bytes, or the end");
        let mut kind = read().kind();
        while kind == io::ErrorKind::Interrupted {
            kind = read().kind();
        }
        self.stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let silent = [io::ErrorKind::WouldBlock, io::ErrorKind::TimedOut];
        assert!(silent.contains(&kind), "{kind}");
    }

    fn so_far(&self) -> String {
        format!("unexpected: {:?}", String::from_utf8_lossy(&self.received))
    }

    /// Ends the client's side.
    pub(crate) fn finish(&self) {
        self.stream.shutdown(Shutdown::Write).unwrap();
    }

    /// Resets the connection, so that the server's socket reports an error.
    pub(crate) fn reset(self) {
        rustix::net::sockopt::set_socket_linger(&self.stream, Some(Duration::ZERO)).unwrap();
    }

    /// Connects with a small receive buffer, so that the server has to wait.
    pub(crate) fn with_small_buffer(address: SocketAddr) -> Self {
        use rustix::net::{AddressFamily, SocketType, connect, socket, sockopt};
        let socket = socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
        sockopt::set_socket_recv_buffer_size(&socket, 8 * 1024).unwrap();
        connect(&socket, &address).unwrap();
        Self::of(socket.into())
    }
}

impl Response {
    /// The value of the first field with this name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (found, value) = line.split_once(": ")?;
            found.eq_ignore_ascii_case(name).then_some(value)
        })
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// The response without its date, so that two can be compared.
    pub(crate) fn without_date(&self) -> (String, Vec<u8>) {
        let lines = self
            .head
            .lines()
            .filter(|line| !line.starts_with("Date: "))
            .collect::<Vec<_>>();
        (lines.join("\n"), self.body.clone())
    }
}

fn find(bytes: &[u8], pattern: &[u8]) -> Option<usize> {
    bytes
        .windows(pattern.len())
        .position(|window| window == pattern)
}
