//! The body of a response, as the head describes it.

use std::sync::Arc;

use wsgi_application::{Head, Headers};
use wsgi_headers::ParameterizedValue;

use super::{fields, status};
use crate::{Finding, rule::rules, watch::Watch};

rules! {
    /// A response with a body says of which type it is.
    CONTENT_TYPE: Application, Violation, "RFC 9110 section 8.3";
    /// 204, 205 and 304 have no body, and so no `Content-Type`.
    NO_CONTENT_TYPE: Application, Violation, "RFC 9110 sections 15.3.5, 15.3.6 and 15.4.5";
    /// A `Content-Type` is a type, a slash and a subtype, and perhaps parameters.
    MEDIA_TYPE: Application, Violation, "RFC 9110 section 8.3.1";
    /// `text/plain` that is not ASCII says its charset.
    CHARSET: Application, Warning, "RFC 2046 section 4.1.2";
    /// 204, 205 and 304 have no body.
    NO_CONTENT: Application, Violation, "RFC 9110 sections 15.3.5, 15.3.6 and 15.4.5";
    /// A `Content-Length` comes once, and is a decimal number.
    CONTENT_LENGTH_SYNTAX: Application, Violation, "RFC 9110 section 8.6";
    /// A `Content-Length` is the length of the body.
    CONTENT_LENGTH: Application, Violation, "PEP 3333, Handling the Content-Length Header";
    /// 204 has no `Content-Length`, and 205 none but 0.
    NO_CONTENT_LENGTH: Application, Violation, "RFC 9110 sections 8.6 and 15.3.6";
}

use rules::*;

/// What the head promises of the body, and how much of it came.
pub(crate) struct Promise {
    watch: Arc<Watch>,
    code: u16,
    is_forbidden: bool,
    /// Whether the response is to HEAD, whose body may be left out.
    is_head: bool,
    has_type: bool,
    /// Whether it is text that must be ASCII, since no charset was given.
    is_ascii: bool,
    declared: Option<u64>,
    given: u64,
}

impl Promise {
    /// Checks a head that is settled.
    pub(crate) fn new(head: &Head, watch: &Arc<Watch>) -> Result<Self, Finding> {
        status::check(head, watch)?;
        fields::check(head, watch)?;
        let (headers, code) = (&head.headers, head.status.code());
        let is_forbidden = head.status.forbids_body();
        let media_type = headers.get("Content-Type");
        let show = || format!("{code} comes with {:?}", media_type.unwrap_or_default());
        let is_kept = !is_forbidden || media_type.is_none();
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
            is_ascii: parsed.is_some_and(|parsed| {
                parsed.value().eq_ignore_ascii_case("text/plain")
                    && parsed.parameter("charset").is_none()
            }),
            // 304 says what the length of the 200 would be.
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

    /// Takes so many bytes of the body, which nobody looks at.
    pub(crate) fn count(&mut self, length: u64) -> Result<(), Finding> {
        self.room(length)?;
        self.given = self.given.saturating_add(length);
        Ok(())
    }

    /// Looks at a piece of the body that is not taken yet.
    pub(crate) fn look(&self, bytes: &[u8]) -> Result<(), Finding> {
        self.room(bytes.len() as u64)?;
        let is_kept = !self.is_ascii || bytes.is_ascii();
        self.watch.require(is_kept, CHARSET, || {
            "the type is text/plain without a charset, and there are other bytes".to_owned()
        })
    }

    /// Whether there may be so many bytes more.
    fn room(&self, length: u64) -> Result<(), Finding> {
        self.watch.failure()?;
        if length == 0 {
            return Ok(());
        }
        self.watch.require(!self.is_forbidden, NO_CONTENT, || {
            format!("{} comes with a body", self.code)
        })?;
        let is_kept = self.has_type || self.is_forbidden;
        self.watch.require(is_kept, CONTENT_TYPE, || {
            "there is a body and no Content-Type".to_owned()
        })?;
        match self.declared {
            Some(declared) if self.given.saturating_add(length) > declared => self.watch.broken(
                CONTENT_LENGTH,
                &format!("{declared} bytes are declared and more are given"),
            ),
            _ => Ok(()),
        }
    }

    /// Whether bytes of the body were taken.
    pub(crate) fn has_begun(&self) -> bool {
        self.given > 0
    }

    /// The body has ended.
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
