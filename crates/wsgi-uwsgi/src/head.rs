//! The head of a request: its parameters, as spans of the received bytes.

use crate::{packet::HEADER, param::Param};

/// The head of a request. It can be reused for the next one.
///
/// [`parse`](RequestHead::parse) fills it. It keeps ranges of the received bytes, not the bytes
/// themselves, so its methods that return text take the bytes that were parsed. Before a head is
/// complete, the results of its methods mean nothing, but the methods are safe to call.
///
/// ```
/// use wsgi_uwsgi::{Limits, Rejection, RequestHead};
///
/// let bytes = b"\0\x28\0\0\x0e\0REQUEST_METHOD\x03\0PUT\x0e\0CONTENT_LENGTH\x01\x005hello";
/// let mut head = RequestHead::new();
/// let length = head.parse(bytes, &Limits::new())?.expect("a complete head");
/// assert_eq!(&bytes[length..], b"hello");
/// assert_eq!(head.content_length(), 5);
/// assert_eq!(head.param(bytes, b"REQUEST_METHOD"), Some(&b"PUT"[..]));
/// let text = head.text(bytes);
/// let names: Vec<_> = head.params().iter().map(|param| param.name(text)).collect();
/// assert_eq!(names, [&b"REQUEST_METHOD"[..], b"CONTENT_LENGTH"]);
/// # Ok::<(), Rejection>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct RequestHead {
    /// The length of the text, which follows the header of the packet.
    pub(crate) length: usize,
    pub(crate) params: Vec<Param>,
    pub(crate) content_length: u64,
}

impl RequestHead {
    /// Creates an empty head. It allocates at the first parameter.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            length: 0,
            params: Vec::new(),
            content_length: 0,
        }
    }

    /// The bytes of all parameters. `bytes` are those that the head was parsed from.
    #[inline]
    #[must_use]
    pub fn text<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        let rest = bytes.get(HEADER..).unwrap_or(&[]);
        rest.get(..self.length).unwrap_or(&[])
    }

    /// The parameters in the order of the request, as ranges of [`text`](RequestHead::text).
    ///
    /// CONTENT_LENGTH comes at most once. Any other name may be repeated. If a parameter is
    /// configured twice, web servers send it twice, and the last one counts. Before version 1.23,
    /// nginx also sends repeated HTTP fields in this way.
    #[inline]
    #[must_use]
    pub fn params(&self) -> &[Param] {
        &self.params
    }

    /// The value of the last parameter of this name. Names are case-sensitive.
    #[must_use]
    pub fn param<'a>(&self, bytes: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
        let text = self.text(bytes);
        let param = self.params.iter().rfind(|param| param.name(text) == name)?;
        Some(param.value(text))
    }

    /// The length of the body, which follows the head. Nothing follows the body.
    #[inline]
    #[must_use]
    pub fn content_length(&self) -> u64 {
        self.content_length
    }
}
