//! What a client asks.

use wsgi::application::{Chunk, IntoChunk};

use crate::notes::{self, Notes};

/// A request, and the behaviour of its client.
#[derive(Clone, Debug)]
pub struct Request {
    /// The method.
    pub method: String,
    /// The target. In a case, the part after the path where the application is mounted.
    pub target: String,
    /// The version of HTTP.
    pub version: &'static str,
    /// The header fields, without `Host` and those of the framing.
    pub fields: Vec<(String, Vec<u8>)>,
    /// The body.
    pub payload: Payload,
    /// Whether the client sends the body only after `100 Continue`.
    pub expects: bool,
    /// The name of a note that the client writes once it receives bytes of the body.
    pub tells: Option<&'static str>,
    /// The number of bytes of the body after which the client leaves.
    pub leaves_after: Option<usize>,
}

/// The body of a request.
#[derive(Clone, Debug)]
pub enum Payload {
    /// No body.
    Nothing,
    /// A body of declared length.
    Whole(Chunk),
    /// A body in chunks.
    Chunks(Vec<Chunk>),
}

impl Request {
    /// A request without a body.
    #[must_use]
    pub fn new(method: impl Into<String>, target: impl Into<String>) -> Self {
        Request {
            method: method.into(),
            target: target.into(),
            version: "HTTP/1.1",
            fields: Vec::new(),
            payload: Payload::Nothing,
            expects: false,
            tells: None,
            leaves_after: None,
        }
    }

    /// A GET request.
    #[must_use]
    pub fn get(target: impl Into<String>) -> Self {
        Self::new("GET", target)
    }

    /// A HEAD request.
    #[must_use]
    pub fn head(target: impl Into<String>) -> Self {
        Self::new("HEAD", target)
    }

    /// A POST request with a body of known length.
    ///
    /// # Panics
    ///
    /// The body is an error.
    #[must_use]
    pub fn post(body: impl IntoChunk) -> Self {
        let mut request = Self::new("POST", "").field("Content-Type", "text/plain");
        request.payload = Payload::Whole(body.into_chunk().unwrap());
        request
    }

    /// A POST request with a body in these chunks.
    ///
    /// # Panics
    ///
    /// A chunk is an error.
    #[must_use]
    pub fn post_chunks<C: IntoChunk>(chunks: impl IntoIterator<Item = C>) -> Self {
        let mut request = Self::new("POST", "").field("Content-Type", "text/plain");
        let chunks = chunks.into_iter().map(|chunk| chunk.into_chunk().unwrap());
        request.payload = Payload::Chunks(chunks.collect());
        request
    }

    /// Adds a header field.
    #[must_use]
    pub fn field(mut self, name: impl Into<String>, value: impl Into<Vec<u8>>) -> Self {
        self.fields.push((name.into(), value.into()));
        self
    }

    /// Sends the request by HTTP/1.0.
    #[must_use]
    pub fn old(mut self) -> Self {
        self.version = "HTTP/1.0";
        self
    }

    /// Sends the body only after `100 Continue`.
    #[must_use]
    pub fn expecting(mut self) -> Self {
        self.expects = true;
        self.field("Expect", "100-continue")
    }

    /// Writes a note once bytes of the body are received.
    #[must_use]
    pub fn telling(mut self, note: &'static str) -> Self {
        self.tells = Some(note);
        self
    }

    /// Leaves after this number of bytes of the body.
    #[must_use]
    pub fn leaving_after(mut self, bytes: usize) -> Self {
        self.leaves_after = Some(bytes);
        self
    }

    /// The same request to an application that is mounted at `/name`.
    #[must_use]
    pub fn below(&self, name: &str, notes: &Notes) -> Self {
        let mut request = self.clone();
        request.target = format!("/{name}{}", self.target);
        let folder = notes.path().to_str().unwrap();
        request.field(notes::FIELD, folder)
    }

    /// The path of the target, as written.
    #[must_use]
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// The query of the target.
    #[must_use]
    pub fn query(&self) -> &str {
        self.target.split_once('?').map_or("", |(_, query)| query)
    }

    /// The head in HTTP/1.
    #[must_use]
    pub fn to_head(&self) -> Vec<u8> {
        let (method, target, version) = (&self.method, &self.target, self.version);
        let mut head =
            format!("{method} {target} {version}\r\nHost: suite.example\r\n").into_bytes();
        for (name, value) in &self.fields {
            head.extend_from_slice(name.as_bytes());
            head.extend_from_slice(b": ");
            head.extend_from_slice(value);
            head.extend_from_slice(b"\r\n");
        }
        match &self.payload {
            Payload::Nothing => {}
            Payload::Whole(body) => {
                head.extend(format!("Content-Length: {}\r\n", body.len()).into_bytes());
            }
            Payload::Chunks(_) => head.extend_from_slice(b"Transfer-Encoding: chunked\r\n"),
        }
        head.extend_from_slice(b"\r\n");
        head
    }
}

impl Payload {
    /// The body in HTTP/1, with its framing.
    #[must_use]
    pub fn to_wire(&self) -> Vec<u8> {
        match self {
            Payload::Nothing => Vec::new(),
            Payload::Whole(body) => body.to_vec(),
            Payload::Chunks(chunks) => {
                let mut wire = Vec::new();
                for chunk in chunks {
                    wire.extend(format!("{:x}\r\n", chunk.len()).into_bytes());
                    wire.extend_from_slice(chunk);
                    wire.extend_from_slice(b"\r\n");
                }
                wire.extend_from_slice(b"0\r\n\r\n");
                wire
            }
        }
    }

    /// The body without its framing.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        match self {
            Payload::Nothing => Vec::new(),
            Payload::Whole(body) => body.to_vec(),
            Payload::Chunks(chunks) => chunks.concat(),
        }
    }
}
