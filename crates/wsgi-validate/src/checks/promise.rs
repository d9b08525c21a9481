//! The body of a response, compared with its head.

use std::sync::Arc;

use wsgi_application::{Head, Headers};
use wsgi_headers::ParameterizedValue;

use super::{fields, status};
use crate::{finding::Finding, rule::rules, watch::Watch};

rules! {
    /// A response with a body has a `Content-Type`.
    CONTENT_TYPE: Application, Violation, "RFC 9110 section 8.3";
    /// A 204 or 304 response has no `Content-Type`, since it has no body.
    NO_CONTENT_TYPE: Application, Violation, "RFC 9110 sections 15.3.5 and 15.4.5";
    /// `Content-Type` is a type, a slash and a subtype, with optional parameters.
    MEDIA_TYPE: Application, Violation, "RFC 9110 section 8.3.1";
    /// A `text/plain` body that is not ASCII has a declared charset.
    CHARSET: Application, Warning, "RFC 2046 section 4.1.2";
    /// A 204, 205 or 304 response has no body.
    NO_CONTENT: Application, Violation, "RFC 9110 sections 15.3.5, 15.3.6 and 15.4.5";
    /// `Content-Length` is a decimal number and not repeated.
    CONTENT_LENGTH_SYNTAX: Application, Violation, "RFC 9110 section 8.6";
    /// `Content-Length` is the length of the body.
    CONTENT_LENGTH: Application, Violation, "PEP 3333, Handling the Content-Length Header";
    /// A 204 response has no `Content-Length`, and a 205 response has none or 0.
    NO_CONTENT_LENGTH: Application, Violation, "RFC 9110 sections 8.6 and 15.3.6";
}

use rules::*;

/// The promises of a head about its body, and the number of bytes that came.
pub(crate) struct Promise {
    watch: Arc<Watch>,
    code: u16,
    is_forbidden: bool,
    /// Whether the method is HEAD, so that the body may be left out.
    is_head: bool,
    has_type: bool,
    /// Whether the body must be ASCII, since it is `text/plain` without a charset.
    is_ascii: bool,
    declared: Option<u64>,
    given: u64,
}

impl Promise {
    /// Checks a settled head.
    pub(crate) fn new(head: &Head, watch: &Arc<Watch>) -> Result<Self, Finding> {
        status::check(head, watch)?;
        fields::check(head, watch)?;
        let (headers, code) = (&head.headers, head.status.code());
        let is_forbidden = head.status.forbids_body();
        let media_type = headers.get("Content-Type");
        let show = || format!("{code} comes with {:?}", media_type.unwrap_or_default());
        // A 205 response may have a type: Python's validator demands one.
        let is_kept = !matches!(code, 204 | 304) || media_type.is_none();
        watch.require(is_kept, NO_CONTENT_TYPE, show)?;
        let parsed = media_type.and_then(|value| ParameterizedValue::parse(value).ok());
        let parsed = parsed.filter(|parsed| parsed.value().contains('/'));
        let is_kept = media_type.is_none() || parsed.is_some();
        watch.require(is_kept, MEDIA_TYPE, || {
            format!("it is {:?}", media_type.unwrap_or_default())
        })?;
        let declared = declared(headers, watch)?;
        let is_kept = match (code, declared) {
            (204, Some(_)) => false,
            (205, Some(length)) => length == 0,
            _ => true,
        };
        watch.require(is_kept, NO_CONTENT_LENGTH, || {
            format!("{code} declares {} bytes", declared.unwrap_or_default())
        })?;
        Ok(Self {
            watch: Arc::clone(watch),
            code,
            is_forbidden,
            is_head: watch.is_head(),
            has_type: media_type.is_some(),
            // The type is that of the bytes before a content coding (RFC 9110 section 8.4).
            is_ascii: !headers.contains("Content-Encoding")
                && parsed.is_some_and(|parsed| {
                    parsed.value().eq_ignore_ascii_case("text/plain")
                        && parsed.parameter("charset").is_none()
                }),
            // A 304 response declares the length of the 200 response.
            declared: declared.filter(|_| !is_forbidden),
            given: 0,
        })
    }

    /// Takes a piece of the body.
    pub(crate) fn chunk(&mut self, bytes: &[u8]) -> Result<(), Finding> {
        self.look(bytes)?;
        self.given = self.given.saturating_add(bytes.len() as u64);
        Ok(())
    }

    /// Takes bytes of the body by their number alone.
    pub(crate) fn count(&mut self, length: u64) -> Result<(), Finding> {
        self.room(length)?;
        self.given = self.given.saturating_add(length);
        Ok(())
    }

    /// Checks a piece of the body that is not taken yet.
    pub(crate) fn look(&self, bytes: &[u8]) -> Result<(), Finding> {
        self.room(bytes.len() as u64)?;
        let is_kept = !self.is_ascii || bytes.is_ascii();
        self.watch.require(is_kept, CHARSET, || {
            "the body is text/plain without a charset, and not ASCII".to_owned()
        })
    }

    /// Checks whether the body may have another `length` bytes.
    fn room(&self, length: u64) -> Result<(), Finding> {
        if length == 0 {
            return self.watch.failure();
        }
        self.opens()?;
        match self.declared {
            Some(declared) if self.given.saturating_add(length) > declared => self.watch.broken(
                CONTENT_LENGTH,
                &format!("{declared} bytes are declared and more are given"),
            ),
            _ => Ok(()),
        }
    }

    /// Checks whether there may be a body.
    pub(crate) fn opens(&self) -> Result<(), Finding> {
        self.watch.failure()?;
        self.watch.require(!self.is_forbidden, NO_CONTENT, || {
            format!("{} comes with a body", self.code)
        })?;
        let is_kept = self.has_type || self.is_forbidden;
        self.watch.require(is_kept, CONTENT_TYPE, || {
            "there is a body and no Content-Type".to_owned()
        })
    }

    /// Whether bytes of the body were taken.
    pub(crate) fn has_begun(&self) -> bool {
        self.given > 0
    }

    /// Checks the end of the body.
    pub(crate) fn end(&self) -> Result<(), Finding> {
        self.watch.failure()?;
        let is_left_out = self.is_head && self.given == 0;
        match self.declared {
            Some(declared) if self.given < declared && !is_left_out => self.watch.broken(
                CONTENT_LENGTH,
                &format!("{declared} bytes are declared and {} are given", self.given),
            ),
            _ => Ok(()),
        }
    }
}

fn declared(headers: &Headers, watch: &Watch) -> Result<Option<u64>, Finding> {
    let mut values = headers.get_all("Content-Length");
    let Some(value) = values.next() else {
        return Ok(None);
    };
    let is_number = value.as_bytes().iter().all(u8::is_ascii_digit);
    let text = value.to_str().ok().filter(|_| is_number);
    let length = text.and_then(|text| text.parse().ok());
    let is_kept = length.is_some() && values.next().is_none();
    watch.require(is_kept, CONTENT_LENGTH_SYNTAX, || {
        let values: Vec<_> = headers.get_all("Content-Length").collect();
        format!("it is {values:?}")
    })?;
    Ok(length.filter(|_| is_kept))
}
