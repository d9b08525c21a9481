//! A simple HTTP/1 client that shows every byte of a response.

use std::{
    io::{self, Read, Write},
    net::{Shutdown, TcpStream},
    os::unix::net::UnixStream,
    thread,
};

use crate::{
    notes::Notes,
    patience::PATIENCE,
    request::Request,
    response::{Response, split},
    tls_stream::TlsStream,
};

/// A TCP, Unix or TLS connection.
pub trait Stream: Read + Write + Send + Sized {
    /// Another handle of the same connection.
    ///
    /// # Errors
    ///
    /// Those of the system.
    fn twin(&self) -> io::Result<Self>;

    /// Sets [`PATIENCE`] as the timeout of reads and writes.
    ///
    /// # Errors
    ///
    /// Those of the system.
    fn be_patient(&self) -> io::Result<()>;

    /// Shuts the connection down in both directions.
    fn leave(&self);
}

macro_rules! stream {
    ($($stream:ty)*) => {$(
        impl Stream for $stream {
            fn twin(&self) -> io::Result<Self> {
                self.try_clone()
            }

            fn be_patient(&self) -> io::Result<()> {
                self.set_read_timeout(Some(PATIENCE))?;
                self.set_write_timeout(Some(PATIENCE))
            }

            fn leave(&self) {
                // The peer may have closed it already.
                let _ = self.shutdown(Shutdown::Both);
            }
        }
    )*};
}

stream! { TcpStream UnixStream }

impl Stream for TlsStream {
    fn twin(&self) -> io::Result<Self> {
        Ok(self.clone())
    }

    fn be_patient(&self) -> io::Result<()> {
        self.socket().be_patient()
    }

    fn leave(&self) {
        self.close();
    }
}

/// Sends a request on a new connection and at the same time receives its response.
///
/// # Errors
///
/// The received bytes are not a response, or nothing arrived in time.
pub fn exchange(
    stream: io::Result<impl Stream>,
    request: &Request,
    notes: &Notes,
) -> Result<Response, String> {
    let sent = stream.and_then(|mut stream| {
        stream.be_patient()?;
        stream.write_all(&request.to_head())?;
        Ok((stream.twin()?, stream))
    });
    let (mut writing, stream) = sent.map_err(|error| format!("sending the head: {error}"))?;
    let mut reader = Reader {
        stream,
        received: Vec::new(),
        is_cut: false,
        request,
        notes,
    };
    let mut response = Response::default();
    if request.expects {
        response = reader.head()?;
        if response.code != 100 {
            return reader.body(response);
        }
    }
    thread::scope(|scope| {
        // The server may answer before it has read everything.
        scope.spawn(move || writing.write_all(&request.payload.to_wire()).ok());
        let result = reader.response(response);
        reader.stream.leave();
        result
    })
}

/// Receives the response of a CGI program from its standard output. The body ends with the output.
///
/// # Errors
///
/// The output is not a response.
pub fn receive_cgi(
    output: impl Read,
    request: &Request,
    notes: &Notes,
) -> Result<Response, String> {
    let mut reader = Reader {
        stream: output,
        received: Vec::new(),
        is_cut: false,
        request,
        notes,
    };
    let head = reader.until(b"\r\n\r\n")?.ok_or("the output has no head")?;
    let mut response = Response::parse_cgi(&head)?;
    let is_left = reader.keep(usize::MAX, &mut response)?;
    let length = response.value("Content-Length").map(str::parse);
    let is_short =
        request.method != "HEAD" && length.is_some_and(|length| length != Ok(response.body.len()));
    response.is_complete = !is_left && !is_short && request.leaves_after.is_none();
    Ok(response)
}

struct Reader<'a, S> {
    stream: S,
    received: Vec<u8>,
    /// Whether the connection ended without an announcement.
    is_cut: bool,
    request: &'a Request,
    notes: &'a Notes,
}

impl<S: Read> Reader<'_, S> {
    /// The final response, after an interim one that was already received.
    fn response(&mut self, mut last: Response) -> Result<Response, String> {
        let mut interim = Vec::new();
        while last.code < 200 {
            if last.code > 0 {
                interim.push(last.code);
            }
            last = self.head()?;
            if last.code == 0 {
                return Ok(last);
            }
        }
        last.interim = interim;
        self.body(last)
    }

    /// The head of a response. Its code is 0 if the connection ends instead.
    fn head(&mut self) -> Result<Response, String> {
        match self.until(b"\r\n\r\n")? {
            Some(head) => Response::parse(&head),
            None if self.received.is_empty() => Ok(Response::default()),
            None => Err(format!("half a head: {}", self.received.escape_ascii())),
        }
    }

    fn body(&mut self, mut response: Response) -> Result<Response, String> {
        if self.request.method == "HEAD" || matches!(response.code, 204 | 304) {
            response.is_complete = true;
            return Ok(response);
        }
        response.is_complete = if response.value("Transfer-Encoding") == Some("chunked") {
            self.chunks(&mut response)?
        } else if let Some(length) = response.value("Content-Length") {
            let length: usize = length.parse().map_err(|_| format!("a length: {length}"))?;
            self.keep(length, &mut response)?
        } else {
            let is_left = self.keep(usize::MAX, &mut response)?;
            !is_left && !self.is_cut && self.request.leaves_after.is_none()
        };
        Ok(response)
    }

    fn chunks(&mut self, response: &mut Response) -> Result<bool, String> {
        loop {
            let Some(line) = self.line()? else {
                return Ok(false);
            };
            let size = line.split(';').next().unwrap_or_default().trim();
            let size = usize::from_str_radix(size, 16).map_err(|_| format!("a size: {line:?}"))?;
            if size == 0 {
                while let Some(trailer) = self.line()? {
                    if trailer.is_empty() {
                        return Ok(true);
                    }
                }
                return Ok(false);
            }
            if !self.keep(size, response)? {
                return Ok(false);
            }
            match self.line()? {
                Some(line) if line.is_empty() => {}
                Some(line) => return Err(format!("after a chunk: {line:?}")),
                None => return Ok(false),
            }
        }
    }

    /// Receives this many bytes of the body. `false` if the connection ends before, or the client
    /// leaves.
    fn keep(&mut self, mut length: usize, response: &mut Response) -> Result<bool, String> {
        while length > 0 {
            if self.received.is_empty() && !self.receive()? {
                return Ok(false);
            }
            let count = length.min(self.received.len());
            response.body.extend(self.received.drain(..count));
            length -= count;
            if let Some(note) = self.request.tells {
                self.notes.write(note, "");
            }
            let limit = self.request.leaves_after.unwrap_or(usize::MAX);
            if response.body.len() >= limit {
                response.body.truncate(limit);
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn line(&mut self) -> Result<Option<String>, String> {
        let line = self.until(b"\r\n")?;
        Ok(line.map(|line| String::from_utf8_lossy(&line).into_owned()))
    }

    /// Takes the bytes before a pattern, and removes the pattern. `None` if the connection ends
    /// before.
    fn until(&mut self, pattern: &[u8]) -> Result<Option<Vec<u8>>, String> {
        loop {
            if let Some((before, rest)) = split(&self.received, pattern) {
                let before = before.to_vec();
                self.received = rest.to_vec();
                return Ok(Some(before));
            }
            if !self.receive()? {
                return Ok(None);
            }
        }
    }

    /// Reads some bytes. `false` at the end. A reset, or the end of TLS without an announcement, is
    /// a cut.
    fn receive(&mut self) -> Result<bool, String> {
        let mut buffer = vec![0; 64 * 1024];
        match self.stream.read(&mut buffer) {
            Ok(count) => {
                self.received.extend_from_slice(&buffer[..count]);
                Ok(count > 0)
            }
            Err(error) if is_cut(&error) => {
                self.is_cut = true;
                Ok(false)
            }
            Err(error) => Err(format!("reading: {error}")),
        }
    }
}

fn is_cut(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionReset, UnexpectedEof};
    matches!(error.kind(), ConnectionReset | UnexpectedEof)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The client's result if the server sends these bytes, whatever the request.
    #[track_caller]
    fn exchanged(request: &Request, bytes: &'static [u8]) -> Result<Response, String> {
        let (client, mut server) = UnixStream::pair().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let notes = Notes::new(&folder, "notes");
        server.write_all(bytes).unwrap();
        server.shutdown(Shutdown::Write).unwrap();
        exchange(Ok(client), request, &notes)
    }

    #[track_caller]
    fn check(bytes: &'static [u8], body: &[u8], is_complete: bool) {
        let response = exchanged(&Request::get("/"), bytes).unwrap();
        assert_eq!(response.body, body);
        assert_eq!(response.is_complete, is_complete);
    }

    #[test]
    fn a_whole_response_differs_from_a_cut_one() {
        check(
            b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab",
            b"ab",
            true,
        );
        check(
            b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab",
            b"ab",
            false,
        );
        check(b"HTTP/1.1 200 OK\r\n\r\nab", b"ab", true);
        check(b"HTTP/1.1 204 Gone\r\nContent-Length: 3\r\n\r\n", b"", true);
        let chunks = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n";
        check(chunks, b"ab", true);
        check(&chunks[..chunks.len() - 2], b"ab", false);
        check(&chunks[..chunks.len() - 5], b"ab", false);
        check(b"", b"", false);
    }

    #[test]
    fn interim_responses_are_listed_before_the_final_one() {
        let bytes = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
        let response = exchanged(&Request::post("text").expecting(), bytes).unwrap();
        assert_eq!((response.code, &response.interim[..]), (200, &[100][..]));
        let response = exchanged(&Request::get("/"), bytes).unwrap();
        assert_eq!((response.code, &response.interim[..]), (200, &[100][..]));
    }

    #[test]
    fn a_client_that_leaves_keeps_the_received_bytes() {
        let request = Request::get("/").leaving_after(1);
        let bytes = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab";
        let response = exchanged(&request, bytes).unwrap();
        assert_eq!(response.body, b"a");
        assert!(!response.is_complete);
    }

    #[test]
    fn bytes_that_are_not_a_response_are_an_error() {
        for bytes in [
            &b"HTTP/1.1 200 OK\r\n"[..],
            b"<html>\r\n\r\n",
            b"HTTP/1.1 OK\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nno field\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
        ] {
            assert!(exchanged(&Request::get("/"), bytes).is_err());
        }
    }

    #[test]
    fn a_cgi_response_ends_with_the_output() {
        let output = &b"Status: 404 Not Found\r\nContent-Length: 2\r\n\r\nab"[..];
        let folder = tempfile::tempdir().unwrap();
        let notes = Notes::new(&folder, "notes");
        let response = receive_cgi(output, &Request::get("/"), &notes).unwrap();
        assert_eq!((response.code, &*response.reason), (404, &b"Not Found"[..]));
        assert_eq!(response.values("Status").count(), 0);
        assert!(response.is_complete);
        let cut = receive_cgi(&output[..output.len() - 1], &Request::get("/"), &notes).unwrap();
        assert!(!cut.is_complete);
    }
}
