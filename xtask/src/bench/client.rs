//! A keep-alive connection with the requests of a browser.

use std::{
    io::{self, ErrorKind, Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

/// The body of every peer's response.
pub(super) const HELLO: &[u8] = b"Hello world!\n";

/// The time limit of a response, also from a server that valgrind slows down.
const PATIENCE: Duration = Duration::from_secs(30);

/// The limit of a response. Those of the peers have some 150 bytes.
const MAX_RESPONSE: usize = 1024;

/// The fields of a browser that follows a link. With `Host` they are eight.
const FIELDS: &str = "\
User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r\n\
Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n\
Accept-Language: en-US,en;q=0.5\r\n\
Accept-Encoding: gzip, deflate, br, zstd\r\n\
Connection: keep-alive\r\n\
Upgrade-Insecure-Requests: 1\r\n\
Cache-Control: max-age=0\r\n";

/// A request with a browser's header fields.
pub(super) fn request(path: &str, address: SocketAddr) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n{FIELDS}\r\n")
}

/// A connection with one request at a time.
#[derive(Debug)]
pub(super) struct Client {
    stream: TcpStream,
    hello: String,
}

impl Client {
    pub(super) fn connect(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self {
            stream,
            hello: request("/hello", address),
        })
    }

    /// Requests `/hello` and checks the response.
    pub(super) fn hello(&mut self) -> io::Result<()> {
        self.stream.write_all(self.hello.as_bytes())?;
        self.answer(|body| body == HELLO)
    }

    /// Requests `/hello` this number of times at once, with a `Host` field alone, and checks the
    /// responses.
    pub(super) fn hello_pipelined(&mut self, times: usize) -> io::Result<()> {
        let address = self.stream.peer_addr()?;
        let request = format!("GET /hello HTTP/1.1\r\nHost: {address}\r\n\r\n");
        self.stream.write_all(request.repeat(times).as_bytes())?;
        let mut buffer = vec![0; MAX_RESPONSE * times];
        let mut filled = 0;
        for _ in 0..times {
            let (whole, right) = loop {
                let received = &buffer[..filled];
                if let Some((whole, body)) = first_in(received)? {
                    break (
                        whole,
                        received.starts_with(b"HTTP/1.1 200 ") && body == HELLO,
                    );
                }
                filled += match self.stream.read(&mut buffer[filled..])? {
                    0 => return Err(ErrorKind::UnexpectedEof.into()),
                    received => received,
                };
            };
            if !right {
                return Err(wrong(&buffer[..filled]));
            }
            buffer.copy_within(whole..filled, 0);
            filled -= whole;
        }
        match filled {
            0 => Ok(()),
            _ => Err(wrong(&buffer[..filled])),
        }
    }

    /// Sends a request and checks that the response is a 200.
    pub(super) fn send(&mut self, request: &str) -> io::Result<()> {
        self.stream.write_all(request.as_bytes())?;
        self.answer(|_| true)
    }

    /// Whether the server has kept the connection open.
    pub(super) fn is_open(&self) -> io::Result<bool> {
        self.stream.set_nonblocking(true)?;
        let peeked = self.stream.peek(&mut [0]);
        self.stream.set_nonblocking(false)?;
        Ok(matches!(peeked, Err(error) if error.kind() == ErrorKind::WouldBlock))
    }

    fn answer(&mut self, expected: impl Fn(&[u8]) -> bool) -> io::Result<()> {
        let mut buffer = [0; MAX_RESPONSE];
        let mut filled = 0;
        loop {
            filled += match self.stream.read(&mut buffer[filled..])? {
                0 => return Err(ErrorKind::UnexpectedEof.into()),
                received => received,
            };
            if let Some((head, body)) = response_in(&buffer[..filled])? {
                let right = head.starts_with(b"HTTP/1.1 200 ") && expected(body);
                return if right {
                    Ok(())
                } else {
                    Err(wrong(&buffer[..filled]))
                };
            }
        }
    }
}

/// Splits a complete response into head and body. Nothing may follow it.
fn response_in(bytes: &[u8]) -> io::Result<Option<(&[u8], &[u8])>> {
    match first_in(bytes)? {
        Some((whole, body)) if whole == bytes.len() => {
            Ok(Some((&bytes[..whole - body.len()], body)))
        }
        None if bytes.len() < MAX_RESPONSE => Ok(None),
        _ => Err(wrong(bytes)),
    }
}

/// The length of the response that the bytes begin with, and its body, if all of it is there.
fn first_in(bytes: &[u8]) -> io::Result<Option<(usize, &[u8])>> {
    let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else {
        return match bytes.len() < MAX_RESPONSE {
            true => Ok(None),
            false => Err(wrong(bytes)),
        };
    };
    let (head, rest) = (&bytes[..end], &bytes[end + 4..]);
    let length = content_length(head).ok_or_else(|| wrong(bytes))?;
    Ok(rest.get(..length).map(|body| (end + 4 + length, body)))
}

fn content_length(head: &[u8]) -> Option<usize> {
    str::from_utf8(head).ok()?.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        if name.eq_ignore_ascii_case("content-length") {
            value.trim().parse().ok()
        } else {
            None
        }
    })
}

fn wrong(answer: &[u8]) -> io::Error {
    let text = String::from_utf8_lossy(answer);
    io::Error::new(
        ErrorKind::InvalidData,
        format!("unexpected response: {text:?}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_response_is_complete_with_its_last_byte() {
        let whole = b"HTTP/1.1 200 OK\r\nDate: now\r\ncontent-length: 5\r\n\r\nHello";
        for cut in 1..whole.len() {
            assert!(response_in(&whole[..cut]).unwrap().is_none(), "{cut}");
        }
        let (_, body) = response_in(whole).unwrap().unwrap();
        assert_eq!(body, b"Hello");
    }

    #[test]
    fn a_response_of_no_or_another_length_is_refused() {
        assert!(response_in(b"HTTP/1.1 200 OK\r\n\r\nHello").is_err());
        assert!(response_in(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nHello").is_err());
        assert!(response_in(&[b'x'; MAX_RESPONSE]).is_err());
    }

    #[test]
    fn the_first_of_two_responses_is_found() {
        let first = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nHello";
        let both = [&first[..], first].concat();
        for cut in first.len()..=both.len() {
            let found = first_in(&both[..cut]).unwrap();
            assert_eq!(found, Some((first.len(), &b"Hello"[..])), "{cut}");
        }
        assert!(
            response_in(&both).is_err(),
            "a second response was not asked for"
        );
    }

    #[test]
    fn a_request_has_eight_fields() {
        let request = request("/hello", ([127, 0, 0, 1], 8000).into());
        assert_eq!(
            request.lines().filter(|line| line.contains(": ")).count(),
            8
        );
        assert!(request.ends_with("\r\n\r\n"));
    }
}
