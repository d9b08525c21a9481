//! A client of the blog.

use std::{
    io::{self, ErrorKind, Read, Write},
    net::TcpStream,
    time::Duration,
};

use tempfile::TempDir;

use crate::support::Program;

/// A response: its status, its head and its body.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn tag(&self) -> &str {
        let (_, tag) = self.head.split_once("\r\nETag: ").expect("a tag");
        tag.split('\r').next().unwrap_or_default()
    }

    /// The text of an entry, as XML.
    pub(crate) fn text(&self) -> &str {
        let (_, text) = self.body.split_once("<text>").expect("a text");
        text.split("</text>").next().unwrap_or_default()
    }
}

/// Sends a request on a connection of its own. Fails if there is no whole response.
pub(crate) fn ask(address: &str, line: &str, field: &str, body: &str) -> io::Result<Answer> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    let length = body.len();
    write!(
        stream,
        "{line} HTTP/1.1\r\nHost: demo\r\nConnection: close\r\nContent-Length: {length}\r\n\
        {field}\r\n\r\n{body}"
    )?;
    let mut response = String::new();
    stream.read_to_string(&mut response)?;
    let (head, body) = response
        .split_once("\r\n\r\n")
        .ok_or(ErrorKind::UnexpectedEof)?;
    let status = head.get(9..12).and_then(|code| code.parse().ok());
    Ok(Answer {
        status: status.ok_or(ErrorKind::InvalidData)?,
        head: head.to_owned(),
        body: body.to_owned(),
    })
}

/// Gets an entry as XML.
pub(crate) fn get(address: &str, name: &str) -> Answer {
    let line = format!("GET /blog/{name}?type=xml");
    ask(address, &line, "X-None: 0", "").expect("an answer")
}

/// The demo with a blog in this folder.
pub(crate) fn demo(folder: &TempDir, arguments: &[&str]) -> Program {
    let path = folder.path().join("entries").display().to_string();
    Program::demo(&[&["--blog", &path], arguments].concat())
}
