//! The response with a file.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    ops::Range,
    time::SystemTime,
    vec,
};

use wsgi_application::{Body, Chunk, Environ, Headers, Result, Status};
use wsgi_headers::Value;

use crate::{
    answer::Answer,
    conditions::{Conditions, Verdict},
    multipart::{Multipart, Part},
    representation::Representation,
    source_file::{Contents, position},
    validators::Validators,
};

/// The bytes of a file that a body with several ranges has in memory at a time.
const BLOCK: usize = 64 * 1024;

/// The text in place of a representation that the client did not expect.
pub(crate) const PRECONDITION_FAILED: &str = "412 Precondition Failed\n";

/// The type of the line of text in place of a representation.
pub(crate) const PLAIN: &str = "text/plain; charset=utf-8";

/// The digests of all bytes of the content (RFC 9530 section 2, and an older field). A part or no
/// content has other ones.
const OF_CONTENT: [&str; 2] = ["Content-Digest", "Content-MD5"];

/// The fields about a representation that a 304 does not have, since a cache does not need them to
/// update its own (RFC 9110 section 15.4.5).
const NOT_OF_UPDATES: [&str; 4] = [
    "Content-Encoding",
    "Content-Language",
    "Content-Length",
    "Content-Type",
];

/// The other fields about a representation, which a text in place of it does not have (RFC 9110
/// section 8, RFC 9530 section 3, RFC 6266, and the older `Digest`).
const OF_REPRESENTATION: [&str; 9] = [
    "Content-Disposition",
    "Content-Encoding",
    "Content-Language",
    "Content-Length",
    "Content-Location",
    "Digest",
    "ETag",
    "Last-Modified",
    "Repr-Digest",
];

/// The answer of a representation to the conditions and ranges of a request (RFC 9110, sections 13
/// and 14). A coded one is never sent as several ranges: the body of several parts would not be in
/// the coding of the parts.
pub(crate) fn answer(environ: &Environ, representation: &Representation, is_coded: bool) -> Answer {
    let conditions = conditions(environ);
    let range = environ.get("HTTP_RANGE");
    let method = environ.request_method();
    let method = method.to_str().unwrap_or_default();
    match representation.answer(method, &conditions, range.as_ref(), SystemTime::now()) {
        Answer::Ranges(_) if is_coded => Answer::Whole,
        answer => answer,
    }
}

/// The answer to a request whose conditions keep it from being performed.
pub(crate) fn refusal(
    method: &str,
    conditions: &Conditions<'_>,
    current: &Validators,
) -> Option<Answer> {
    match conditions.evaluate(method, Some(current)) {
        Verdict::Perform => None,
        Verdict::NotModified => Some(Answer::NotModified),
        Verdict::Failed => Some(Answer::PreconditionFailed),
    }
}

/// The conditions of a request.
pub(crate) fn conditions(environ: &Environ) -> Conditions<'_> {
    Conditions::from_fields(|name| {
        let variable = match name {
            "If-Match" => "HTTP_IF_MATCH",
            "If-None-Match" => "HTTP_IF_NONE_MATCH",
            "If-Modified-Since" => "HTTP_IF_MODIFIED_SINCE",
            "If-Unmodified-Since" => "HTTP_IF_UNMODIFIED_SINCE",
            "If-Range" => "HTTP_IF_RANGE",
            _ => return None,
        };
        environ.get(variable).map(Value::as_bytes)
    })
}

/// The status of an answer.
pub(crate) fn status(answer: &Answer) -> Status {
    match answer {
        Answer::Whole => Status::OK,
        Answer::Range(_) | Answer::Ranges(_) => Status::PARTIAL_CONTENT,
        Answer::NotModified => Status::NOT_MODIFIED,
        Answer::PreconditionFailed => Status::PRECONDITION_FAILED,
        Answer::RangeNotSatisfiable => Status::RANGE_NOT_SATISFIABLE,
    }
}

/// The body of an answer.
pub(crate) fn body(answer: &Answer, length: u64, contents: Contents) -> io::Result<Body> {
    Ok(match answer {
        Answer::Whole => contents.slice(0..length)?,
        Answer::Range(range) => contents.slice(range.clone())?,
        Answer::Ranges(multipart) => Body::chunks(Pieces::new(multipart, contents)),
        Answer::NotModified => Body::empty(),
        Answer::PreconditionFailed => PRECONDITION_FAILED.into(),
        Answer::RangeNotSatisfiable => "416 Range Not Satisfiable\n".into(),
    })
}

/// Completes the fields of a 200 response for an answer. A response without the representation
/// loses the fields about its bytes.
pub(crate) fn complete(headers: &mut Headers, answer: &Answer, length: u64) -> Result<()> {
    if let Some(content_range) = answer.content_range(length) {
        headers.set("Content-Range", content_range.to_string())?;
    }
    if let Some(content_length) = answer.content_length(length) {
        headers.set("Content-Length", content_length.to_string())?;
    }
    match answer {
        Answer::Whole => {}
        Answer::Range(_) => remove(headers, &OF_CONTENT),
        Answer::Ranges(multipart) => {
            remove(headers, &OF_CONTENT);
            headers.set("Content-Type", multipart.content_type())?;
        }
        Answer::NotModified => {
            remove(headers, &OF_CONTENT);
            remove(headers, &NOT_OF_UPDATES);
        }
        Answer::PreconditionFailed | Answer::RangeNotSatisfiable => {
            remove(headers, &OF_CONTENT);
            remove(headers, &OF_REPRESENTATION);
            headers.retain(|name, _value| !is_of_caches(name));
            headers.set("Content-Type", PLAIN)?;
        }
    }
    Ok(())
}

fn remove(headers: &mut Headers, names: &[&str]) {
    for name in names {
        headers.remove(name);
    }
}

/// Whether a field tells caches how long a response lives: `Expires` or `Cache-Control`, or one
/// that some shared caches obey in its place (RFC 9213).
fn is_of_caches(name: &str) -> bool {
    let ending = name.len().checked_sub("Cache-Control".len());
    let ending = ending.and_then(|start| name.get(start..));
    ending.is_some_and(|ending| ending.eq_ignore_ascii_case("Cache-Control"))
        || name.eq_ignore_ascii_case("Surrogate-Control")
        || name.eq_ignore_ascii_case("Expires")
}

/// The pieces of a body with several ranges: heads, and blocks of the bytes.
struct Pieces {
    contents: Contents,
    parts: vec::IntoIter<Part>,
    /// The rest of the current range.
    rest: Range<u64>,
    end: Option<String>,
}

impl Pieces {
    fn new(multipart: &Multipart, contents: Contents) -> Self {
        Self {
            contents,
            parts: multipart.parts().to_vec().into_iter(),
            rest: 0..0,
            end: Some(multipart.end()),
        }
    }

    /// The next block of the current range.
    fn block(&mut self) -> io::Result<Chunk> {
        let length = (self.rest.end - self.rest.start).min(BLOCK as u64);
        let range = self.rest.start..self.rest.start + length;
        self.rest.start = range.end;
        match &mut self.contents {
            Contents::File(file, offset) => read(file, *offset, range).map(Chunk::from),
            #[cfg(unix)]
            Contents::Opened(file) => read(file, 0, range).map(Chunk::from),
            Contents::Bytes(bytes) => Ok(bytes
                .clone()
                .slice(position(range.start)..position(range.end))),
        }
    }
}

/// Reads bytes of a file. If it has fewer, that is an error.
fn read(file: &mut File, offset: u64, range: Range<u64>) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(offset.saturating_add(range.start)))?;
    let mut block = vec![0; position(range.end - range.start)];
    file.read_exact(&mut block)?;
    Ok(block)
}

impl Iterator for Pieces {
    type Item = Result<Chunk>;

    fn next(&mut self) -> Option<Self::Item> {
        if !self.rest.is_empty() {
            return Some(self.block().map_err(Into::into));
        }
        if let Some(part) = self.parts.next() {
            self.rest = part.range();
            return Some(Ok(Chunk::from(part.head().to_owned())));
        }
        self.end.take().map(|end| Ok(Chunk::from(end)))
    }
}
