//! Requests and responses of the three protocols, for a client that accepts anything.

use std::{
    io::{self, Read, Write},
    net::TcpStream,
    os::{fd::OwnedFd, unix::net::UnixStream},
    thread,
    time::Duration,
};

use wsgi_server::{Address, Protocol};

use crate::{
    stream::Stream,
    support::{PATIENCE, fastcgi, scgi, uwsgi},
    task::Task,
};

/// A connection to the server, with the bytes that were received but not taken.
pub(crate) struct Wire {
    stream: Stream,
    protocol: Protocol,
    received: Vec<u8>,
    /// The end of the connection, if it has ended.
    ended: Option<String>,
    /// The wait before each read.
    pub(crate) slowness: Duration,
}

/// The answer to a request.
#[derive(Debug)]
pub(crate) struct Got {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
    /// Whether the answer is complete by its framing.
    pub(crate) complete: bool,
    /// Whether the connection ends with it.
    pub(crate) closes: bool,
}

impl Wire {
    pub(crate) fn connect(address: &Address, protocol: Protocol, by_tls: bool) -> io::Result<Self> {
        let socket: TcpStream = match address.path() {
            None => TcpStream::connect(address)?,
            // The client only uses calls that sockets of both kinds support.
            Some(path) => OwnedFd::from(UnixStream::connect(path)?).into(),
        };
        let _ = socket.set_nodelay(true);
        socket.set_read_timeout(Some(PATIENCE))?;
        socket.set_write_timeout(Some(PATIENCE))?;
        Ok(Self {
            stream: Stream::new(socket, by_tls)?,
            protocol,
            received: Vec::new(),
            ended: None,
            slowness: Duration::ZERO,
        })
    }

    /// The bytes of a request.
    pub(crate) fn request(&self, task: &Task) -> Vec<u8> {
        let (path, body) = (task.path(), task.request_body());
        let method = if body.is_some() { "PUT" } else { "GET" };
        let body = body.unwrap_or_default();
        let length = body.len().to_string();
        match self.protocol {
            Protocol::Http if method == "GET" => {
                format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n").into()
            }
            Protocol::Http => {
                let head =
                    format!("PUT {path} HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n");
                [head.as_bytes(), &body].concat()
            }
            Protocol::FastCgi => {
                let params = [
                    ("REQUEST_METHOD", method),
                    ("PATH_INFO", &path),
                    ("CONTENT_LENGTH", &length),
                ];
                [fastcgi::head(1, true, &params), fastcgi::body(1, &body)].concat()
            }
            protocol => {
                let variables = [("REQUEST_METHOD", method), ("PATH_INFO", &path)];
                let head = match protocol {
                    Protocol::Scgi => scgi::head(body.len(), &variables),
                    _ => uwsgi::head(body.len(), &variables),
                };
                [head, body].concat()
            }
        }
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)
    }

    /// A second handle of the connection, which can send while this one receives.
    pub(crate) fn twin(&self) -> io::Result<Stream> {
        self.stream.twin()
    }

    /// Ends the client's side.
    pub(crate) fn finish(&self) {
        self.stream.finish();
    }

    /// Resets the connection.
    pub(crate) fn reset(self) {
        self.stream.reset();
    }

    /// The next response, or how the connection ended before its first byte.
    pub(crate) fn response(&mut self) -> Result<Got, String> {
        if self.received.is_empty() && !self.receive() {
            return Err(self.ended.clone().unwrap_or_default());
        }
        Ok(match self.protocol {
            Protocol::Http => self.http(),
            Protocol::FastCgi => self.fastcgi(),
            _ => self.closing(),
        })
    }

    /// The end of the connection.
    pub(crate) fn ended(&self) -> String {
        self.ended.clone().unwrap_or_default()
    }

    /// Whether the connection ends here, without another byte.
    pub(crate) fn is_over(&mut self) -> bool {
        self.received.is_empty() && !self.receive()
    }

    fn receive(&mut self) -> bool {
        if self.ended.is_some() {
            return false;
        }
        thread::sleep(self.slowness);
        let mut buffer = [0; 32 * 1024];
        match self.stream.read(&mut buffer) {
            Ok(0) => self.ended = Some("end".to_owned()),
            Ok(count) => self.received.extend_from_slice(&buffer[..count]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => self.ended = Some(error.kind().to_string()),
        }
        self.ended.is_none()
    }

    /// Takes this many bytes, or all up to the end. Returns whether there were enough.
    fn take(&mut self, length: usize) -> (Vec<u8>, bool) {
        while self.received.len() < length && self.receive() {}
        let whole = self.received.len() >= length;
        let length = length.min(self.received.len());
        (self.received.drain(..length).collect(), whole)
    }

    fn take_all(&mut self) -> Vec<u8> {
        while self.receive() {}
        std::mem::take(&mut self.received)
    }

    fn head(&mut self) -> Option<String> {
        loop {
            let end = self.received.windows(4).position(|end| end == b"\r\n\r\n");
            if let Some(end) = end {
                let head = self.received.drain(..end + 4).collect();
                return String::from_utf8(head).ok();
            }
            if !self.receive() {
                return None;
            }
        }
    }

    fn http(&mut self) -> Got {
        let Some(head) = self.head() else {
            return Got::broken();
        };
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok());
        let mut got = Got {
            status: status.unwrap_or(0),
            closes: head.contains("Connection: close\r\n"),
            ..Got::broken()
        };
        if head.contains("Transfer-Encoding: chunked\r\n") {
            got.complete = self.chunks(&mut got.body);
        } else if let Some(length) = content_length(&head) {
            (got.body, got.complete) = self.take(length);
        } else {
            (got.body, got.complete) = (self.take_all(), self.ended.as_deref() == Some("end"));
        }
        got
    }

    fn chunks(&mut self, body: &mut Vec<u8>) -> bool {
        loop {
            let line = loop {
                if let Some(end) = self.received.windows(2).position(|end| end == b"\r\n") {
                    break self.received.drain(..end + 2).collect::<Vec<u8>>();
                }
                if !self.receive() {
                    return false;
                }
            };
            let line = String::from_utf8_lossy(&line).into_owned();
            let Ok(size) = usize::from_str_radix(line.trim_end(), 16) else {
                body.extend_from_slice(b"bad chunk");
                return false;
            };
            let (mut chunk, whole) = self.take(size + 2);
            chunk.truncate(size);
            body.extend(chunk);
            if !whole || size == 0 {
                return whole;
            }
        }
    }

    fn fastcgi(&mut self) -> Got {
        let (mut stdout, mut complete) = (Vec::new(), false);
        loop {
            let (header, whole) = self.take(8);
            // Bytes that are not a record show that the response breaks off.
            if !whole || header[0] != 1 {
                break;
            }
            let length = usize::from(u16::from_be_bytes([header[4], header[5]]));
            let (mut content, whole) = self.take(length + usize::from(header[6]));
            content.truncate(length);
            match header[1] {
                fastcgi::STDOUT => stdout.extend(content),
                fastcgi::END_REQUEST if whole => {
                    complete = true;
                    break;
                }
                _ if whole => {}
                _ => break,
            }
        }
        Got::of_gateway(stdout, complete)
    }

    /// The response of a protocol whose connections have one request.
    fn closing(&mut self) -> Got {
        let bytes = self.take_all();
        let whole = self.ended.as_deref() == Some("end");
        let mut got = Got::of_gateway(bytes, whole);
        got.closes = true;
        got
    }
}

impl Got {
    fn broken() -> Self {
        Self {
            status: 0,
            body: Vec::new(),
            complete: false,
            closes: true,
        }
    }

    /// The response of a front server's request. `complete` says whether its end was seen.
    fn of_gateway(mut bytes: Vec<u8>, complete: bool) -> Self {
        let Some(end) = bytes.windows(4).position(|end| end == b"\r\n\r\n") else {
            return Self::broken();
        };
        let body = bytes.split_off(end + 4);
        let head = String::from_utf8_lossy(&bytes).into_owned();
        let line = head.strip_prefix("Status: ");
        let line = line.or_else(|| head.strip_prefix("HTTP/1.1 "));
        let status = line.and_then(|rest| rest.get(..3));
        let status = status.and_then(|code| code.parse().ok()).unwrap_or(0);
        let is_short = content_length(&head).is_some_and(|length| length != body.len());
        Self {
            status,
            body,
            complete: complete && !is_short,
            closes: !complete,
        }
    }
}

fn content_length(head: &str) -> Option<usize> {
    let value = head
        .lines()
        .find_map(|line| line.strip_prefix("Content-Length: "))?;
    value.parse().ok()
}
