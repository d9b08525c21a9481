//! A request head as a server's parser hands it over.

/// A request head as received: its bytes, and offsets into them.
///
/// It is made of standard types only, so that any parser can fill it. Each pair
/// is a start and an end in `head`; a pair that does not lie within the first
/// gibibyte of `head` reads as empty. The parser has checked the head: names are
/// tokens (RFC 9110 section 5.1), values hold no control characters, the escapes
/// of the path are well-formed.
///
/// [`Environ::receive`](crate::Environ::receive) says which variables come of it.
#[derive(Clone, Copy, Debug)]
pub struct Received<'a> {
    /// The bytes that all the pairs below index.
    pub head: &'a [u8],
    /// The method (RFC 9110 section 9), for `REQUEST_METHOD`.
    pub method: (u32, u32),
    /// The request target as received (RFC 9112 section 3.2), for `REQUEST_URI`.
    pub target: (u32, u32),
    /// The target's path, still percent-encoded, for `PATH_INFO`; empty for `*`.
    pub path: (u32, u32),
    /// The target's query without its `?`, for `QUERY_STRING`; empty where there is none.
    pub query: (u32, u32),
    /// The authority of a target in absolute form. It becomes `HTTP_HOST` and hides
    /// the `Host` field (RFC 9112 section 3.2.2).
    pub authority: Option<(u32, u32)>,
    /// The protocol, such as `HTTP/1.1`, for `SERVER_PROTOCOL`.
    pub protocol: &'static str,
    /// The fields in the order received.
    pub fields: &'a [Field],
}

/// Where one header field lies within [`Received::head`], or one variable within the text of
/// [`Environ::receive_variables`](crate::Environ::receive_variables).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Field {
    /// Start and end of the name.
    pub name: (u32, u32),
    /// Start and end of the value; that of a field without white space around it.
    pub value: (u32, u32),
}
