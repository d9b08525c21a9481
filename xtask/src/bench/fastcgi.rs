//! A kept FastCGI connection with the requests that nginx sends for a browser.

use std::{
    io::{self, ErrorKind, Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

/// The time limit of a response, also from a server that valgrind slows down.
const PATIENCE: Duration = Duration::from_secs(30);

/// Types of records (FastCGI Specification section 8).
const BEGIN_REQUEST: u8 = 1;
const END_REQUEST: u8 = 3;
const PARAMS: u8 = 4;
const STDIN: u8 = 5;
const STDOUT: u8 = 6;

/// The variables of Debian's `fastcgi_params`, and the eight fields of a request.
const VARIABLES: &[(&str, &str)] = &[
    ("QUERY_STRING", ""),
    ("REQUEST_METHOD", "GET"),
    ("CONTENT_TYPE", ""),
    ("CONTENT_LENGTH", ""),
    ("SCRIPT_NAME", ""),
    ("PATH_INFO", "/hello"),
    ("REQUEST_URI", "/hello"),
    ("DOCUMENT_URI", "/hello"),
    ("DOCUMENT_ROOT", "/usr/share/nginx/html"),
    ("SERVER_PROTOCOL", "HTTP/1.1"),
    ("REQUEST_SCHEME", "http"),
    ("GATEWAY_INTERFACE", "CGI/1.1"),
    ("SERVER_SOFTWARE", "nginx/1.22.1"),
    ("REMOTE_ADDR", "127.0.0.1"),
    ("REMOTE_PORT", "40000"),
    ("REMOTE_USER", ""),
    ("SERVER_ADDR", "127.0.0.1"),
    ("SERVER_PORT", "80"),
    ("SERVER_NAME", "localhost"),
    ("REDIRECT_STATUS", "200"),
    ("HTTP_HOST", "127.0.0.1:8000"),
    (
        "HTTP_USER_AGENT",
        "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    ),
    (
        "HTTP_ACCEPT",
        "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    ),
    ("HTTP_ACCEPT_LANGUAGE", "en-US,en;q=0.5"),
    ("HTTP_ACCEPT_ENCODING", "gzip, deflate, br, zstd"),
    ("HTTP_CONNECTION", "keep-alive"),
    ("HTTP_UPGRADE_INSECURE_REQUESTS", "1"),
    ("HTTP_CACHE_CONTROL", "max-age=0"),
];

/// A connection with one request at a time.
#[derive(Debug)]
pub(super) struct Client {
    stream: TcpStream,
    hello: Vec<u8>,
}

impl Client {
    pub(super) fn connect(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let mut variables = Vec::new();
        for (name, value) in VARIABLES {
            // Every value is short enough for the short form.
            variables.extend([name.len() as u8, value.len() as u8]);
            variables.extend_from_slice(name.as_bytes());
            variables.extend_from_slice(value.as_bytes());
        }
        // The role is Responder, and the connection is kept.
        let begin = record(BEGIN_REQUEST, &[0, 1, 1, 0, 0, 0, 0, 0]);
        let hello = [
            begin,
            record(PARAMS, &variables),
            record(PARAMS, b""),
            record(STDIN, b""),
        ];
        Ok(Self {
            stream,
            hello: hello.concat(),
        })
    }

    /// Requests `/hello` and checks the response.
    pub(super) fn hello(&mut self) -> io::Result<()> {
        self.stream.write_all(&self.hello)?;
        let mut buffer = [0; 1024];
        let mut filled = 0;
        loop {
            filled += match self.stream.read(&mut buffer[filled..])? {
                0 => return Err(ErrorKind::UnexpectedEof.into()),
                received => received,
            };
            match response_in(&buffer[..filled]) {
                None if filled < buffer.len() => {}
                Some(answer) if answer.ends_with(b"\r\n\r\nHello world!\n") => return Ok(()),
                _ => return Err(ErrorKind::InvalidData.into()),
            }
        }
    }
}

fn record(kind: u8, content: &[u8]) -> Vec<u8> {
    let length = (content.len() as u16).to_be_bytes();
    let header = [1, kind, 0, 1, length[0], length[1], 0, 0];
    [&header[..], content].concat()
}

/// The content of STDOUT. `None` before the end of the request.
fn response_in(mut records: &[u8]) -> Option<Vec<u8>> {
    let mut answer = Vec::new();
    loop {
        let (header, rest) = records.split_at_checked(8)?;
        let length = usize::from(u16::from_be_bytes([header[4], header[5]]));
        let (content, rest) = rest.split_at_checked(length)?;
        let (_, rest) = rest.split_at_checked(usize::from(header[6]))?;
        match header[1] {
            END_REQUEST => return Some(answer),
            STDOUT => answer.extend_from_slice(content),
            _ => {}
        }
        records = rest;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_response_is_complete_with_its_last_record() {
        let records = [
            record(STDOUT, b"Status: 200 OK\r\n\r\n"),
            record(STDOUT, b"Hello"),
            record(STDOUT, b""),
            record(END_REQUEST, &[0; 8]),
        ]
        .concat();
        for cut in 0..records.len() {
            assert_eq!(response_in(&records[..cut]), None, "{cut}");
        }
        let answer = response_in(&records).unwrap();
        assert_eq!(answer, b"Status: 200 OK\r\n\r\nHello");
    }

    #[test]
    fn every_length_has_the_short_form() {
        let texts = VARIABLES.iter().flat_map(|(name, value)| [name, value]);
        assert!(texts.into_iter().all(|text| text.len() < 128));
    }
}
