//! The request-target and its four forms (RFC 9112 section 3.2).

use crate::{authority, escape, rejection::Rejection, scan, span::Span};

/// The form of a request-target (RFC 9112 section 3.2).
///
/// ```
/// use wsgi_http1::{Limits, RequestHead, TargetForm};
///
/// let form = |line: &str| {
///     let mut head = RequestHead::new();
///     let bytes = format!("{line} HTTP/1.1\r\nHost: a\r\n\r\n");
///     head.parse(bytes.as_bytes(), &Limits::new()).map(|_| head.target_form())
/// };
/// assert_eq!(form("GET /path?query"), Ok(TargetForm::Origin));
/// assert_eq!(form("OPTIONS *"), Ok(TargetForm::Asterisk));
/// assert!(form("GET *").is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TargetForm {
    /// `/path?query`, the usual form.
    Origin,
    /// `http://host/path?query`, as sent to a proxy. Its authority takes precedence over Host.
    Absolute,
    /// `host:port`, for CONNECT only.
    Authority,
    /// `*`, for OPTIONS only: the server as a whole.
    Asterisk,
}

/// The parts of a request-target, as spans of the bytes that it was parsed from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target {
    pub(crate) form: TargetForm,
    pub(crate) path: Span,
    pub(crate) query: Option<Span>,
    pub(crate) authority: Option<Span>,
}

impl Target {
    /// A target that is only a path.
    #[inline]
    pub(crate) fn of_path(path: Span) -> Self {
        Self {
            form: TargetForm::Origin,
            path,
            query: None,
            authority: None,
        }
    }

    /// Parses the target of a method. Both are spans of `bytes`.
    pub(crate) fn parse(bytes: &[u8], method: Span, target: Span) -> Result<Self, Rejection> {
        let method = &bytes[method.0 as usize..method.1 as usize];
        let (start, end) = (target.0 as usize, target.1 as usize);
        if bytes[start] == b'/' && method != b"CONNECT" {
            return Self::of_origin_form(bytes, start, end);
        }
        Self::of_rare_form(bytes, start, end, method)
    }

    #[cold]
    fn of_rare_form(
        bytes: &[u8],
        start: usize,
        end: usize,
        method: &[u8],
    ) -> Result<Self, Rejection> {
        let target = &bytes[start..end];
        if method == b"CONNECT" {
            return match authority::is_host_and_port(target) {
                true => {
                    let authority = Some((start as u32, end as u32));
                    Ok(Self::without_path(TargetForm::Authority, end, authority))
                }
                false => Err(Rejection::Target),
            };
        }
        if target == b"*" && method == b"OPTIONS" {
            return Ok(Self::without_path(TargetForm::Asterisk, end, None));
        }
        Self::of_absolute_form(bytes, start, end, method)
    }

    fn of_absolute_form(
        bytes: &[u8],
        start: usize,
        end: usize,
        method: &[u8],
    ) -> Result<Self, Rejection> {
        let target = &bytes[start..end];
        let scheme = [&b"http://"[..], b"https://"]
            .into_iter()
            .find(|scheme| {
                target
                    .get(..scheme.len())
                    .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
            })
            .ok_or(Rejection::Target)?;
        let host = start + scheme.len();
        let path = bytes[host..end]
            .iter()
            .position(|byte| matches!(byte, b'/' | b'?' | b'#'))
            .map_or(end, |length| host + length);
        if !authority::is_host(&bytes[host..path]) {
            return Err(Rejection::Target);
        }
        let authority = Some((host as u32, path as u32));
        let mut parts = Self {
            form: TargetForm::Absolute,
            authority,
            ..Self::of_origin_form(bytes, path, end)?
        };
        if path == end && method == b"OPTIONS" {
            return Ok(parts); // the server as a whole, as with `*` (RFC 9112 section 3.2.4)
        }
        if parts.path.0 == parts.path.1 {
            // An empty path means "/" (RFC 9110 section 4.2.3). A span needs a slash in the bytes:
            // the last one before the authority.
            parts.path = (host as u32 - 1, host as u32);
        }
        Ok(parts)
    }

    /// A target without path and query, which ends at `end`.
    fn without_path(form: TargetForm, end: usize, authority: Option<Span>) -> Self {
        Self {
            form,
            path: (end as u32, end as u32),
            query: None,
            authority,
        }
    }

    /// Checks the path and the query at `start..end`, which are the whole of an origin form, and
    /// the end of an absolute form.
    fn of_origin_form(bytes: &[u8], start: usize, end: usize) -> Result<Self, Rejection> {
        let mut at = start;
        let query = loop {
            // The byte after a target cannot be in a path, so the search ends there at the latest.
            at += scan::path_length(&bytes[at..]);
            match bytes[at] {
                _ if at == end => break None,
                b'%' if escape::is_escape(&bytes[at..end]) => at += 3,
                b'?' => break Some(at + 1),
                _ => return Err(Rejection::Target),
            }
        };
        let path_end = match query {
            None => end,
            Some(query) => {
                if bytes[query..end].iter().any(|&byte| !is_query_byte(byte)) {
                    return Err(Rejection::Target);
                }
                query - 1
            }
        };
        Ok(Self {
            query: query.map(|query| (query as u32, end as u32)),
            ..Self::of_path((start as u32, path_end as u32))
        })
    }
}

/// Whether a byte is allowed in a query: visible ASCII, except for the start of a fragment.
///
/// RFC 3986 does not allow `"<>[\]^{|}` and backticks here. But browsers send them in queries, and
/// some of them in paths, and they are not ambiguous.
const fn is_query_byte(byte: u8) -> bool {
    byte.is_ascii_graphic() && byte != b'#'
}
