//! Conditions and ranges of responses that applications make.

use wsgi_application::{
    Application, Body, Content, Environ, Exchange, FileWrapper, Head, Headers, Result,
    StartResponse, Status, filtered,
};
use wsgi_headers::{Value, list_members};

use crate::{
    answer::Answer,
    delivery,
    entity_tag::EntityTag,
    late_conditions::LateConditions,
    refusal::{current, refusal, refuse},
    representation::Representation,
    source_file::Contents,
};

/// Answers conditional requests and ranges for an application that sends whole representations,
/// such as pages, or files in a `FileWrapper`.
///
/// [`select_part`] says which responses change. What an application writes counts as a body in
/// memory, up to 64 KiB. If it writes more, flushes, or returns a body as well, conditions alone
/// count.
///
/// It belongs inside middleware that changes bodies, such as that of wsgi-compression: then parts
/// are those of the plain bytes, and nothing is compressed for a 304.
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
pub struct Conditional<A> {
    application: A,
    has_etags: bool,
}

impl<A: Application> Conditional<A> {
    /// Answers conditions and ranges of the application's responses.
    #[must_use]
    pub fn new(application: A) -> Self {
        Self {
            application,
            has_etags: false,
        }
    }

    /// Sets whether pages get an entity tag; default: false. The tag is [`EntityTag::of`] the whole
    /// body, so that a client that has the page already gets 304. The application makes the page
    /// all the same.
    ///
    /// Responses to `GET` and `HEAD` with the status 200 get one, if their body is in memory and
    /// not empty, and if they have neither `ETag` nor `Last-Modified`, nor `no-store` in
    /// `Cache-Control`.
    ///
    /// ```
    /// use wsgi_application::{Status, application};
    /// use wsgi_files::Conditional;
    /// use wsgi_testing::Request;
    ///
    /// let page = application(|_environ, start_response| {
    ///     start_response.start(Status::OK, [("Content-Type", "text/html")])?;
    ///     Ok("<p>hello".into())
    /// });
    /// let page = Conditional::new(page).etags(true);
    /// let response = Request::get("/").call(&page);
    /// let etag = response.headers().get("ETag").unwrap().to_string();
    /// let again = Request::get("/").header("If-None-Match", etag).call(&page);
    /// assert_eq!(again.status().code(), 304);
    /// ```
    #[must_use]
    pub fn etags(mut self, has_etags: bool) -> Self {
        self.has_etags = has_etags;
        self
    }
}

impl<A: Application> Application for Conditional<A> {
    fn call(&self, environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
        let body = match LateConditions::of(environ) {
            Some(conditions) => filtered(&self.application, conditions, environ, start_response)?,
            None => self.application.call(environ, start_response)?,
        };
        let (exchange, _) = start_response.parts();
        let Exchange { head, gathered } = exchange;
        if !head.is_started() || head.is_committed() {
            return Ok(body);
        }
        let content = match (gathered.is_empty(), body.into_content()) {
            (true, content) => content,
            (false, Content::Empty) => Content::Bytes(std::mem::take(gathered).into()),
            (false, content) => {
                let method = environ.request_method().to_str().unwrap_or_default();
                let conditions = delivery::conditions(environ);
                let answer = refusal(method, &conditions, &head.status, &head.headers);
                let Some(answer) = answer else {
                    return Ok(content.into());
                };
                gathered.clear();
                return refuse(&mut head.status, &mut head.headers, &answer);
            }
        };
        if let (true, Content::Bytes(page)) = (self.has_etags, &content) {
            add_etag(environ, head, page.bytes()?)?;
        }
        select_part(environ, &mut head.status, &mut head.headers, content.into())
    }
}

/// Reduces a response with a whole representation to what the conditions and ranges of the request
/// ask for (RFC 9110, sections 13 and 14): 304, 206, 412 or 416 in place of 200.
///
/// The request must be `GET`, `HEAD` or `QUERY`, and the response 200 with a field `ETag` or
/// `Last-Modified`. Other responses do not change. Ranges count with `GET` alone, and for a body of
/// known length, in bytes or a file. Where they could count, it adds `Accept-Ranges`. A response
/// that has this field without `bytes`, such as `none`, is sent whole.
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
    let method = environ.request_method().to_str().unwrap_or_default();
    let Some(validators) = current(method, status, headers) else {
        return Ok(body);
    };
    if let Some(answer) = delivery::refusal(method, &delivery::conditions(environ), &validators) {
        return refuse(status, headers, &answer);
    }
    if refuses_ranges(headers) {
        return Ok(body);
    }
    let Some(length) = body.len() else {
        return Ok(body);
    };
    let declared = headers.get("Content-Length");
    if declared.is_some_and(|declared| declared != length.to_string()) {
        return Ok(body);
    }
    let content_type = headers.get("Content-Type").map(Value::to_string_lossy);
    let content_type = content_type.unwrap_or_default().into_owned();
    let representation = Representation::new(length, content_type, validators);
    let is_coded = headers.contains("Content-Encoding");
    let answer = delivery::answer(environ, &representation, is_coded);
    if answer == Answer::Whole {
        if method != "QUERY" {
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

/// Gives a page an entity tag, if it has no validator.
fn add_etag(environ: &Environ, head: &mut Head, page: &[u8]) -> Result<()> {
    let Head {
        status, headers, ..
    } = head;
    let has = |name| headers.contains(name);
    let is_page = matches!(environ.request_method().as_bytes(), b"GET" | b"HEAD")
        && status.code() == 200
        && !page.is_empty()
        && !(has("ETag") || has("Last-Modified") || has("Content-Range"));
    if is_page && !is_secret(headers) {
        headers.append("ETag", EntityTag::of(page).as_str())?;
    }
    Ok(())
}

/// Whether an application says that ranges are not in bytes, or that there are `none` (RFC 9110,
/// section 14.3).
fn refuses_ranges(headers: &Headers) -> bool {
    let mut units = headers
        .get_all("Accept-Ranges")
        .flat_map(|value| list_members(value.as_bytes()))
        .peekable();
    units.peek().is_some() && !units.any(|unit| unit.eq_ignore_ascii_case(b"bytes"))
}

/// Whether no cache may keep a response.
fn is_secret(headers: &Headers) -> bool {
    headers
        .get_all("Cache-Control")
        .flat_map(|value| list_members(value.as_bytes()))
        .any(|directive| directive.eq_ignore_ascii_case(b"no-store"))
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
