//! What a client asks.

use wsgi::application::{Chunk, IntoChunk};

use crate::{Notes, notes};

/// A request, and what its client does beside.
#[derive(Clone, Debug)]
pub struct Request {
    /// The method.
    pub method: String,
    /// The target; in a table, what follows the path the application is mounted at.
    pub target: String,
    /// The version of HTTP.
    pub version: &'static str,
    /// The header fields, beside `Host` and those of the framing.
    pub fields: Vec<(String, Vec<u8>)>,
    /// The body.
    pub payload: Payload,
    /// Whether the body is held back until the server asks for it.
    pub expects: bool,
    /// The name of a note that the client writes once it sees bytes of the body.
    pub tells: Option<&'static str>,
    /// After how many bytes of the body the client goes away.
    pub leaves_after: Option<usize>,
}

/// The body of a request.
#[derive(Clone, Debug)]
pub enum Payload {
    /// None.
    Nothing,
    /// Bytes of a length said before.
    Whole(Chunk),
    /// Chunks.
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

    /// A POST request whose body comes in these chunks.
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

    /// Of a client that speaks HTTP/1.0.
    #[must_use]
    pub fn old(mut self) -> Self {
        self.version = "HTTP/1.0";
        self
    }

    /// Holds the body back until `100 Continue`.
    #[must_use]
    pub fn expecting(mut self) -> Self {
        self.expects = true;
        self.field("Expect", "100-continue")
    }

    /// Writes a note once bytes of the body are seen.
    #[must_use]
    pub fn telling(mut self, note: &'static str) -> Self {
        self.tells = Some(note);
        self
    }

    /// Goes away after so many bytes of the body.
    #[must_use]
    pub fn leaving_after(mut self, bytes: usize) -> Self {
        self.leaves_after = Some(bytes);
        self
    }

    /// The request as it is made of an application mounted at `/name`.
    #[must_use]
    pub fn below(&self, name: &str, notes: &Notes) -> Self {
        let mut request = self.clone();
        request.target = format!("/{name}{}", self.target);
        let folder = notes.path().to_str().unwrap();
        request.field(notes::FIELD, folder)
    }

    /// The path of the target, as it is written.
    #[must_use]
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// The query of the target.
    #[must_use]
    pub fn query(&self) -> &str {
        self.target.split_once('?').map_or("", |(_, query)| query)
    }

    /// The head as HTTP/1 writes it.
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
    /// The body as HTTP/1 writes it.
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

    /// The bytes of the body, whatever their framing.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        match self {
            Payload::Nothing => Vec::new(),
            Payload::Whole(body) => body.to_vec(),
            Payload::Chunks(chunks) => chunks.concat(),
        }
    }
}
