//! The method of a request, as a label.

/// The number of a method in [`METHODS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Method(u8);

/// The methods of RFC 9110 section 9, and PATCH (RFC 5789), after the most frequent one. All others
/// are counted as one, so that no client can make labels.
pub(crate) const METHODS: [&str; 10] = [
    "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "_OTHER",
];

impl Method {
    const GET: Self = Self(0);
    const OTHER: Self = Self(METHODS.len() as u8 - 1);

    /// The method with these bytes. Methods are case-sensitive (RFC 9110 section 9.1).
    #[inline]
    pub(crate) fn of(bytes: &[u8]) -> Self {
        match bytes {
            b"GET" => Self::GET,
            _ => Self::search(bytes),
        }
    }

    /// The method of an HTTP/1 request that begins with these bytes.
    #[inline]
    pub(crate) fn of_request<'a>(bytes: &[u8], method: impl FnOnce() -> &'a [u8]) -> Self {
        match bytes.starts_with(b"GET ") {
            true => Self::GET,
            false => Self::search(method()), // empty lines may precede GET, too
        }
    }

    #[inline(never)] // as that would make the way of GET longer
    fn search(bytes: &[u8]) -> Self {
        let known = METHODS.iter().position(|name| name.as_bytes() == bytes);
        known.map_or(Self::OTHER, |index| Self(index as u8))
    }

    /// The index in [`METHODS`].
    #[inline]
    pub(crate) fn index(self) -> u8 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_method_is_one_of_the_others() {
        for (index, name) in METHODS.iter().enumerate() {
            assert_eq!(Method::of(name.as_bytes()), Method(index as u8), "{name}");
        }
        for name in ["", "get", "GETS", "Head", "PROPFIND", "_other", "\u{0}"] {
            assert_eq!(Method::of(name.as_bytes()), Method::OTHER, "{name}");
        }
    }
}
