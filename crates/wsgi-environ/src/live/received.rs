//! A request head from the parser of a server.

use std::fmt;

/// A request head as received: its bytes, and offsets into them.
///
/// It uses standard types only, so that any parser can fill it. Each pair is a start and an end in
/// `head`. A pair outside the first gibibyte of `head` reads as empty. The parser has checked the
/// head: names are tokens (RFC 9110 section 5.1), values have no control characters, and the
/// escapes of the path are well-formed.
///
/// [`Environ::receive`](crate::Environ::receive) lists the variables of a head.
///
/// ```
/// use wsgi_environ::{Environ, Received};
///
/// let mut environ = Environ::new();
/// let received = Received {
///     head: b"OPTIONS * HTTP/1.1\r\n\r\n",
///     method: (0, 7),
///     target: (8, 9),
///     path: (0, 0),
///     has_escapes: false,
///     query: (0, 0),
///     authority: None,
///     protocol: "HTTP/1.1",
/// };
/// environ.receive(&received, []);
/// assert_eq!(environ.request_method(), "OPTIONS");
/// assert_eq!(environ.get("REQUEST_URI").unwrap(), "*");
/// assert_eq!(environ.path_info(), "");
/// ```
#[derive(Clone, Copy)]
pub struct Received<'a> {
    /// The bytes that all the offsets refer to.
    pub head: &'a [u8],
    /// The method (RFC 9110 section 9), for `REQUEST_METHOD`.
    pub method: (u32, u32),
    /// The request target as received (RFC 9112 section 3.2), for `REQUEST_URI`.
    pub target: (u32, u32),
    /// The target's path, still percent-encoded, for `PATH_INFO`; empty for `*`.
    pub path: (u32, u32),
    /// Whether the path may have percent-escapes. If not, it is `PATH_INFO` as it is.
    pub has_escapes: bool,
    /// The target's query without its `?`, for `QUERY_STRING`; empty if there is none.
    pub query: (u32, u32),
    /// The authority of a target in absolute form. It becomes `HTTP_HOST` and replaces the `Host`
    /// field (RFC 9112 section 3.2.2).
    pub authority: Option<(u32, u32)>,
    /// The protocol, such as `HTTP/1.1`, for `SERVER_PROTOCOL`.
    pub protocol: &'static str,
}

/// The place of a header field in [`Received::head`], or of a variable in the text of
/// [`Environ::receive_variables`](crate::Environ::receive_variables).
///
/// ```
/// use wsgi_environ::Field;
///
/// let head = b"GET / HTTP/1.1\r\nHost: example.org\r\n\r\n";
/// let host = Field { name: (16, 20), value: (22, 33) };
/// assert_eq!(&head[host.name.0 as usize..host.name.1 as usize], b"Host");
/// assert_eq!(&head[host.value.0 as usize..host.value.1 as usize], b"example.org");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Field {
    /// The start and end of the name.
    pub name: (u32, u32),
    /// The start and end of the value. For a field, it has no white space around it.
    pub value: (u32, u32),
}

/// Appends the places of all variables in an encoded text, in their order.
pub type ReadVariables = fn(text: &[u8], variables: &mut Vec<Field>);

/// The variables of a front server in a gateway's encoding, for
/// [`Environ::receive_encoded`](crate::Environ::receive_encoded).
///
/// The gateway has checked that the text is well-formed, and that `CONTENT_LENGTH` is a number
/// below 2^64 or empty.
///
/// ```
/// use wsgi_environ::{Encoded, Environ, Field};
///
/// let encoded = Encoded {
///     text: b"REQUEST_METHODGETPATH_INFO/",
///     method: Some((14, 17)),
///     read: |_text, variables| {
///         variables.push(Field { name: (17, 26), value: (26, 27) });
///     },
/// };
/// let mut environ = Environ::new();
/// environ.receive_encoded(&encoded)?;
/// assert_eq!(environ.request_method(), "GET");
/// assert_eq!(environ.path_info(), "/");
/// # Ok::<(), wsgi_environ::InvalidVariable>(())
/// ```
#[derive(Clone, Copy)]
pub struct Encoded<'a> {
    /// The bytes that all the offsets refer to.
    pub text: &'a [u8],
    /// The value of the last `REQUEST_METHOD`, which gateways ask for.
    pub method: Option<(u32, u32)>,
    /// Finds the variables in the text, or in a copy of it.
    pub read: ReadVariables,
}

/// Shows only the length of the head, which may have secrets.
impl fmt::Debug for Received<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Received")
            .field("head", &format_args!("({} bytes)", self.head.len()))
            .field("method", &self.method)
            .field("target", &self.target)
            .field("path", &self.path)
            .field("has_escapes", &self.has_escapes)
            .field("query", &self.query)
            .field("authority", &self.authority)
            .field("protocol", &self.protocol)
            .finish()
    }
}

/// Shows only the length of the text, which may have secrets.
impl fmt::Debug for Encoded<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Encoded")
            .field("text", &format_args!("({} bytes)", self.text.len()))
            .field("method", &self.method)
            .finish_non_exhaustive()
    }
}
