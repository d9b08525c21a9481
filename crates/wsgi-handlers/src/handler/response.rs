//! A response on its way to a handler's output.

use std::{
    io::{self, ErrorKind, Write},
    time::SystemTime,
};

use wsgi_application::{Environ, FileWrapper, Head};
use wsgi_environ::End;
use wsgi_gateway::{Framing, Rest, Transport, log_message, write_cgi_head};
use wsgi_headers::is_field_value;

use crate::{disconnected::is_disconnected, handler::Handler, http_version::HttpVersion};

/// The number of bytes gathered before they are written, so that a head leaves with its body.
const MAX_GATHERED_BYTES: usize = 16 * 1024;

pub(crate) struct Response<'a, H: ?Sized> {
    handler: &'a mut H,
    /// Whether the request is HTTP/0.9, which has no heads (`client_is_modern`).
    is_headless: bool,
    gathered: Vec<u8>,
    /// The number of bytes that the output took.
    sent: u64,
    /// The number of bytes of the head.
    head_bytes: u64,
    /// The end of the response if the output failed.
    gone: Option<End>,
    /// The error of the output, unless its reader went away.
    failure: Option<io::Error>,
}

impl<'a, H: Handler + ?Sized> Response<'a, H> {
    pub(crate) fn new(handler: &'a mut H, environ: &Environ) -> Self {
        let is_origin = handler.origin_server().is_some();
        let protocol = environ.server_protocol().as_bytes();
        Self {
            handler,
            is_headless: is_origin && protocol.eq_ignore_ascii_case(b"HTTP/0.9"),
            gathered: Vec::new(),
            sent: 0,
            head_bytes: 0,
            gone: None,
            failure: None,
        }
    }

    /// The number of bytes that the output took.
    pub(crate) fn sent(&self) -> u64 {
        self.sent
    }

    /// The number of bytes of the body among them. There is no framing.
    pub(crate) fn sent_of_body(&self) -> u64 {
        self.sent.saturating_sub(self.head_bytes)
    }

    /// Sends the gathered bytes and the rest. If that fails, logs the error unless the reader went
    /// away.
    pub(crate) fn finish(&mut self, rest: Rest, environ: &Environ) -> End {
        let is_sent = self.gone.is_none() && self.send_rest(rest, environ);
        if let Some(error) = self.failure.take() {
            log_message(
                environ,
                format_args!("the response cannot be written: {error}"),
            );
        }
        match is_sent {
            true => End::Complete,
            false => self.gone.unwrap_or(End::Failed),
        }
    }

    fn send_rest(&mut self, rest: Rest, environ: &Environ) -> bool {
        let what = match &rest {
            Rest::File(..) => "file",
            _ => "body",
        };
        let result = self.rest(rest);
        if self.gone.is_some() {
            return false; // a flush would fail too, maybe with another error
        }
        if let Err(error) = &result {
            log_message(environ, format_args!("the {what} cannot be sent: {error}"));
        }
        // Bytes read from a file before it failed are sent too.
        let is_flushed = self.flush().is_ok();
        result.is_ok() && is_flushed
    }

    fn rest(&mut self, rest: Rest) -> io::Result<()> {
        match rest {
            Rest::File(mut file, length) => {
                self.flush()?;
                let start = position(&file);
                match self.handler.sendfile(&mut file, length) {
                    Ok(true) => {
                        self.sent += length;
                        Ok(())
                    }
                    Ok(false) => Rest::File(file, length).send(self),
                    Err(error) => {
                        let moved = position(&file).saturating_sub(start);
                        self.sent += moved.min(length);
                        self.gone = is_disconnected(&error).then_some(End::Disconnected);
                        Err(error)
                    }
                }
            }
            rest => rest.send(self),
        }
    }

    fn write(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            match self.handler.output().write(bytes) {
                Ok(0) => return self.lost(ErrorKind::WriteZero.into()),
                Ok(written) => {
                    self.sent += written as u64;
                    bytes = bytes.get(written..).unwrap_or_default();
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return self.lost(error),
            }
        }
        Ok(())
    }

    fn write_gathered(&mut self) -> io::Result<()> {
        let gathered = std::mem::take(&mut self.gathered);
        let result = self.write(&gathered);
        self.gathered = gathered;
        self.gathered.clear();
        result
    }

    fn lost(&mut self, error: io::Error) -> io::Result<()> {
        let kind = error.kind();
        self.gone = Some(End::of_write_error(kind));
        self.failure = Some(error).filter(|error| !is_disconnected(error));
        Err(kind.into())
    }
}

/// The position of a file, or 0 if it has none.
fn position(file: &FileWrapper) -> u64 {
    file.position().ok().flatten().unwrap_or(0)
}

impl<H: Handler + ?Sized> Transport for Response<'_, H> {
    fn head(&mut self, head: &Head, framing: Framing) -> io::Result<()> {
        match self.handler.origin_server() {
            _ if self.is_headless => {}
            None => write_cgi_head(&mut self.gathered, head, framing),
            Some(version) => {
                let software = self.handler.server_software();
                write_origin_head(&mut self.gathered, head, framing, version, software);
            }
        }
        self.head_bytes = self.gathered.len() as u64;
        Ok(())
    }

    fn body(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.gathered.len() + bytes.len() <= MAX_GATHERED_BYTES {
            self.gathered.extend_from_slice(bytes);
            return Ok(());
        }
        self.write_gathered()?;
        self.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.write_gathered()?;
        match self.handler.output().flush() {
            Ok(()) => Ok(()),
            Err(error) => self.lost(error),
        }
    }

    fn check_client(&mut self) -> io::Result<()> {
        match self.handler.is_reader_gone() {
            true => self.lost(ErrorKind::BrokenPipe.into()),
            false => Ok(()),
        }
    }
}

/// Writes the head of an HTTP response (RFC 9112 section 4), with the `Date` that an origin server
/// must send (RFC 9110 section 6.6.1).
fn write_origin_head(
    out: &mut Vec<u8>,
    head: &Head,
    framing: Framing,
    version: HttpVersion,
    software: Option<&str>,
) {
    // Writing to memory does not fail.
    let _ = write!(out, "{version} {} ", head.status.code());
    out.extend_from_slice(head.status.reason().as_bytes());
    out.extend_from_slice(b"\r\n");
    if !head.headers.contains("Date") {
        let date = httpdate::fmt_http_date(SystemTime::now());
        let _ = write!(out, "Date: {date}\r\n");
    }
    if let Some(software) = software.filter(|software| is_field_value(software.as_bytes()))
        && !head.headers.contains("Server")
    {
        let _ = write!(out, "Server: {software}\r\n");
    }
    if let Some(length) = framing.content_length {
        let _ = write!(out, "Content-Length: {length}\r\n");
    }
    if version == HttpVersion::Http11 {
        out.extend_from_slice(b"Connection: close\r\n");
    }
    head.headers.write_to(out);
}
