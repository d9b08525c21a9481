//! Conditions and ranges of responses that applications make.

use wsgi_application::{
    Application, Body, Content, Environ, FileWrapper, Headers, Result, StartResponse, Status,
};
use wsgi_headers::Value;

use crate::{
    answer::Answer, conditions::is_read, delivery, entity_tag::EntityTag, http_date,
    representation::Representation, source_file::Contents, validators::Validators,
};

/// Answers conditional requests and ranges for an application that sends whole representations,
/// such as files in a `FileWrapper`.
///
/// [`select_part`] says which responses change.
///
/// ```
/// use std::fs::File;
/// use wsgi_application::{Environ, FileWrapper, Result, StartResponse, Status};
/// use wsgi_files::Conditional;
/// use wsgi_testing::Request;
///
/// fn report(_environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
///     start_response.start(Status::OK, [("Content-Type", "text/plain"), ("ETag", "\"v2\"")])?;
///     Ok(FileWrapper::from_file(File::open("README.md")?).into())
/// }
///
/// let report = Conditional::new(report);
/// let response = Request::get("/").header("Range", "bytes=2-5").call(&report);
/// assert_eq!((response.status().code(), response.text()), (206, "wsgi"));
/// let response = Request::get("/").header("If-None-Match", "\"v2\"").call(&report);
/// assert_eq!(response.status().code(), 304);
/// ```
#[derive(Clone, Debug)]
pub struct Conditional<A>(A);

impl<A: Application> Conditional<A> {
    /// Answers conditions and ranges of the application's responses.
    #[must_use]
    pub fn new(application: A) -> Self {
        Self(application)
    }
}

impl<A: Application> Application for Conditional<A> {
    fn call(&self, environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
        let body = self.0.call(environ, start_response)?;
        let (exchange, _) = start_response.parts();
        if !exchange.gathered.is_empty() {
            return Ok(body); // a part was written
        }
        match start_response.head() {
            Some(head) => select_part(environ, &mut head.status, &mut head.headers, body),
            None => Ok(body),
        }
    }
}

/// Reduces a response with a whole representation to what the conditions and ranges of the request
/// ask for (RFC 9110, sections 13 and 14): 304, 206, 412 or 416 in place of 200.
///
/// The request must be `GET`, `HEAD` or `QUERY`, and the response 200 with a field `ETag` or
/// `Last-Modified` and a body of known length, in bytes or a file. Other responses do not change.
/// If it changes nothing, it adds `Accept-Ranges`. Ranges count with `GET` alone.
///
/// # Errors
///
/// The file cannot seek.
///
/// ```
/// use wsgi_application::{Body, Environ, Headers, Status};
/// use wsgi_files::select_part;
///
/// let mut environ = Environ::new();
/// environ.set("REQUEST_METHOD", "GET");
/// environ.set("HTTP_RANGE", "bytes=0-4");
/// let mut status = Status::OK;
/// let mut headers = Headers::from_fields([("ETag", "\"v2\"")])?;
/// let body = select_part(&environ, &mut status, &mut headers, Body::from("Hello world!"))?;
/// assert_eq!((status.code(), body.len()), (206, Some(5)));
/// assert_eq!(headers.get("Content-Range").unwrap(), "bytes 0-4/12");
/// # Ok::<(), wsgi_application::Error>(())
/// ```
pub fn select_part(
    environ: &Environ,
    status: &mut Status,
    headers: &mut Headers,
    body: Body,
) -> Result<Body> {
    let method = environ.request_method().as_bytes();
    if !is_read(method) || status.code() != 200 || headers.contains("Content-Range") {
        return Ok(body);
    }
    let (Some(length), Some(validators)) = (body.len(), validators(headers)) else {
        return Ok(body);
    };
    let declared = headers.get("Content-Length");
    if declared.is_some_and(|declared| declared != length.to_string()) {
        return Ok(body);
    }
    let content_type = headers.get("Content-Type").map(Value::to_string_lossy);
    let content_type = content_type.unwrap_or_default().into_owned();
    let representation = Representation::new(length, content_type, validators);
    let answer = delivery::answer(environ, &representation);
    if answer == Answer::Whole {
        if method != b"QUERY" {
            headers.set_default("Accept-Ranges", "bytes")?;
        }
        return Ok(body);
    }
    let contents = match contents(body)? {
        Ok(contents) => contents,
        Err(body) => return Ok(body),
    };
    let body = delivery::body(&answer, length, contents)?;
    delivery::complete(headers, &answer, length)?;
    *status = delivery::status(&answer);
    Ok(body)
}

/// The validators in the fields of a response, if there are any.
fn validators(headers: &Headers) -> Option<Validators> {
    let etag = headers
        .get("ETag")
        .and_then(|tag| tag.to_str().ok()?.parse::<EntityTag>().ok());
    let date = headers
        .get("Last-Modified")
        .and_then(|date| http_date::parse(date.as_bytes()));
    let mut validators = Validators::new();
    if let Some(date) = date {
        validators = validators.with_last_modified(http_date::time(date));
    }
    if let Some(etag) = etag {
        return Some(validators.with_etag(etag));
    }
    date.map(|_| validators)
}

/// The bytes or the file of a body, or the body if it has neither.
fn contents(body: Body) -> Result<Result<Contents, Body>> {
    Ok(match body.into_content() {
        Content::Empty => Ok(Contents::Bytes(Default::default())),
        Content::Bytes(bytes) => Ok(Contents::Bytes(bytes)),
        Content::File(file) => match FileWrapper::position(&file)? {
            Some(offset) => match file.into_parts() {
                Ok(parts) => Ok(Contents::File(parts.file, offset)),
                Err(file) => Err(file.into()),
            },
            None => Err((*file).into()),
        },
        other => Err(other.into()),
    })
}
