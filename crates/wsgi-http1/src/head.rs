//! The head of a request: request line and fields, as spans of the received bytes.

use crate::{
    body_length::BodyLength,
    span::{Span, slice},
    target::{Target, TargetForm},
    version::Version,
};

/// A field line, as two ranges of the bytes that the head was parsed from.
///
/// ```
/// use wsgi_http1::{Limits, RequestHead};
///
/// let bytes = b"GET / HTTP/1.1\r\nHost:  example.com \r\n\r\n";
/// let mut head = RequestHead::new();
/// head.parse(bytes, &Limits::new())?.expect("a complete head");
/// let field = head.fields()[0];
/// assert_eq!((field.name(bytes), field.value(bytes)), (&b"Host"[..], &b"example.com"[..]));
/// # Ok::<(), wsgi_http1::Rejection>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Field {
    /// The name, a token in the case in which it was received.
    pub name: Span,
    /// The value, without the whitespace around it. It may be empty.
    pub value: Span,
}

impl Field {
    /// The name, from the bytes of the head.
    #[inline]
    #[must_use]
    pub fn name<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        slice(bytes, self.name)
    }

    /// The value, from the bytes of the head.
    #[inline]
    #[must_use]
    pub fn value<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        slice(bytes, self.value)
    }
}

/// The head of a request. It can be reused for the next one.
///
/// It keeps ranges of the received bytes, not the bytes themselves, so its methods that return
/// text take the bytes that were parsed. Before a head is complete, the results of its methods
/// mean nothing, but the methods are safe to call.
///
/// ```
/// use wsgi_http1::{BodyLength, Limits, RequestHead, Version};
///
/// let bytes = b"PUT /notes/7?draft HTTP/1.1\r\n\
///     Host: example.com\r\n\
///     Content-Length: 5\r\n\r\n\
///     hello";
/// let mut head = RequestHead::new();
/// let length = head.parse(bytes, &Limits::new())?.expect("a complete head");
///
/// assert_eq!(&bytes[length..], b"hello");
/// assert_eq!(head.method(bytes), b"PUT");
/// assert_eq!(head.path(bytes), b"/notes/7");
/// assert_eq!(head.query(bytes), Some(&b"draft"[..]));
/// assert_eq!(head.host(bytes), Some(&b"example.com"[..]));
/// assert_eq!(head.version(), Version::Http11);
/// assert_eq!(head.body_length(), BodyLength::Known(5));
/// assert!(head.keep_alive());
/// let names: Vec<_> = head.fields().iter().map(|field| field.name(bytes)).collect();
/// assert_eq!(names, [&b"Host"[..], b"Content-Length"]);
/// # Ok::<(), wsgi_http1::Rejection>(())
/// ```
#[derive(Clone, Debug)]
pub struct RequestHead {
    pub(crate) method: Span,
    pub(crate) target: Span,
    pub(crate) parts: Target,
    pub(crate) has_escapes: bool,
    pub(crate) host: Option<Span>,
    pub(crate) version: Version,
    pub(crate) body_length: BodyLength,
    pub(crate) keep_alive: bool,
    pub(crate) expects_continue: bool,
    pub(crate) fields: Vec<Field>,
    pub(crate) progress: Progress,
}

impl RequestHead {
    /// Creates an empty head. It allocates at the first field.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            method: (0, 0),
            target: (0, 0),
            parts: Target {
                form: TargetForm::Origin,
                path: (0, 0),
                query: None,
                authority: None,
            },
            has_escapes: false,
            host: None,
            version: Version::Http11,
            body_length: BodyLength::None,
            keep_alive: false,
            expects_continue: false,
            fields: Vec::new(),
            progress: Progress::START,
        }
    }

    /// The method, a token. Methods are case-sensitive (RFC 9110 section 9.1).
    #[inline]
    #[must_use]
    pub fn method<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        slice(bytes, self.method)
    }

    /// The range of the [`method`](RequestHead::method).
    #[inline]
    #[must_use]
    pub fn method_span(&self) -> Span {
        self.method
    }

    /// Whether the method is HEAD, whose response has no body (RFC 9110 section 9.3.2).
    #[inline]
    #[must_use]
    pub fn is_head(&self, bytes: &[u8]) -> bool {
        self.method(bytes) == b"HEAD"
    }

    /// The request-target as received, which is visible ASCII (RFC 9112 section 3.2).
    #[inline]
    #[must_use]
    pub fn target<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        slice(bytes, self.target)
    }

    /// The range of the [`target`](RequestHead::target).
    #[inline]
    #[must_use]
    pub fn target_span(&self) -> Span {
        self.target
    }

    /// The form of the request-target.
    #[inline]
    #[must_use]
    pub fn target_form(&self) -> TargetForm {
        self.parts.form
    }

    /// The scheme of a request-target in absolute form: `http` or `https`, in the case in which it
    /// was received. If the connection uses the other scheme, the request is misdirected (RFC 9110
    /// sections 7.4 and 15.5.20: 421).
    ///
    /// ```
    /// use wsgi_http1::{Limits, RequestHead};
    ///
    /// let bytes = b"GET HTTPS://example.com/ HTTP/1.1\r\nHost: example.com\r\n\r\n";
    /// let mut head = RequestHead::new();
    /// head.parse(bytes, &Limits::new())?.expect("a complete head");
    /// assert_eq!(head.scheme(bytes), Some(&b"HTTPS"[..]));
    /// # Ok::<(), wsgi_http1::Rejection>(())
    /// ```
    #[inline]
    #[must_use]
    pub fn scheme<'a>(&self, bytes: &'a [u8]) -> Option<&'a [u8]> {
        match self.parts.form {
            TargetForm::Absolute => self.target(bytes).split(|&byte| byte == b':').next(),
            _ => None,
        }
    }

    /// The path as received. Its percent-escapes are valid, and none of them is `%00`. It starts
    /// with a slash, except in the asterisk and authority forms, where it is empty. It is also
    /// empty if OPTIONS has an absolute form without path and query, which means the same as `*`.
    #[inline]
    #[must_use]
    pub fn path<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        slice(bytes, self.parts.path)
    }

    /// The range of the [`path`](RequestHead::path).
    #[inline]
    #[must_use]
    pub fn path_span(&self) -> Span {
        self.parts.path
    }

    /// Whether the [path](RequestHead::path) may have percent-escapes. If not, it needs no
    /// decoding.
    #[inline]
    #[must_use]
    pub fn has_escapes(&self) -> bool {
        self.has_escapes
    }

    /// The query as received, without its question mark. Its escapes are not checked.
    #[inline]
    #[must_use]
    pub fn query<'a>(&self, bytes: &'a [u8]) -> Option<&'a [u8]> {
        self.parts.query.map(|span| slice(bytes, span))
    }

    /// The range of the [`query`](RequestHead::query).
    #[inline]
    #[must_use]
    pub fn query_span(&self) -> Option<Span> {
        self.parts.query
    }

    /// The host and port of a request-target in absolute or authority form.
    #[inline]
    #[must_use]
    pub fn authority<'a>(&self, bytes: &'a [u8]) -> Option<&'a [u8]> {
        self.parts.authority.map(|span| slice(bytes, span))
    }

    /// The range of the [`authority`](RequestHead::authority).
    ///
    /// ```
    /// use wsgi_http1::{Limits, RequestHead, TargetForm, Version};
    ///
    /// let bytes = b"HEAD http://example.com:81/a%20b?c HTTP/1.1\r\nHost: example.com:81\r\n\
    ///     Content-Length: 5\r\nExpect: 100-continue\r\n\r\n";
    /// let mut head = RequestHead::new();
    /// head.parse(bytes, &Limits::new())?.expect("a complete head");
    /// let text = |(start, end)| std::str::from_utf8(&bytes[start as usize..end as usize]).unwrap();
    ///
    /// assert!(head.is_head(bytes) && head.expects_continue() && head.has_escapes());
    /// assert_eq!(head.target_form(), TargetForm::Absolute);
    /// assert_eq!(head.authority(bytes), Some(&b"example.com:81"[..]));
    /// assert_eq!(head.authority_span().map(text), Some("example.com:81"));
    /// assert_eq!(head.host_span().map(text), Some("example.com:81"));
    /// assert_eq!(text(head.method_span()), "HEAD");
    /// assert_eq!(text(head.target_span()), "http://example.com:81/a%20b?c");
    /// assert_eq!((text(head.path_span()), head.query_span().map(text)), ("/a%20b", Some("c")));
    /// assert_eq!((head.protocol(), Version::Http11.as_str()), ("HTTP/1.1", "HTTP/1.1"));
    /// # Ok::<(), wsgi_http1::Rejection>(())
    /// ```
    #[inline]
    #[must_use]
    pub fn authority_span(&self) -> Option<Span> {
        self.parts.authority
    }

    /// The host that the request is for, with its port if it has one: the target's authority, else
    /// the Host field (RFC 9112 section 3.2.2). `None` is only possible in HTTP/1.0.
    #[inline]
    #[must_use]
    pub fn host<'a>(&self, bytes: &'a [u8]) -> Option<&'a [u8]> {
        self.host_span().map(|span| slice(bytes, span))
    }

    /// The range of the [`host`](RequestHead::host).
    #[inline]
    #[must_use]
    pub fn host_span(&self) -> Option<Span> {
        self.parts.authority.or(self.host)
    }

    /// The version that the request is treated as.
    #[inline]
    #[must_use]
    pub fn version(&self) -> Version {
        self.version
    }

    /// The version as text, `HTTP/1.0` or `HTTP/1.1`.
    #[inline]
    #[must_use]
    pub fn protocol(&self) -> &'static str {
        self.version.as_str()
    }

    /// The length of the body.
    #[inline]
    #[must_use]
    pub fn body_length(&self) -> BodyLength {
        self.body_length
    }

    /// Whether the connection may be used for another request (RFC 9112 section 9.3).
    #[inline]
    #[must_use]
    pub fn keep_alive(&self) -> bool {
        self.keep_alive
    }

    /// Whether the client waits for `100 Continue` before it sends the body (RFC 9110 section
    /// 10.1.1). Always false in HTTP/1.0 and without a body.
    #[inline]
    #[must_use]
    pub fn expects_continue(&self) -> bool {
        self.expects_continue
    }

    /// The fields in the order of the request, including repeated ones.
    #[inline]
    #[must_use]
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }
}

impl Default for RequestHead {
    fn default() -> Self {
        Self::new()
    }
}

/// The progress with an incomplete head.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Progress {
    /// The bytes that were scanned.
    pub(crate) scanned: usize,
    /// Whether the method and the target have ended within their limits.
    pub(crate) target_fits: bool,
}

impl Progress {
    pub(crate) const START: Self = Self {
        scanned: 0,
        target_fits: false,
    };
}
