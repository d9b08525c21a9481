//! The request-target and its four forms (RFC 9112 section 3.2).

use crate::{Rejection, Span, authority, escape, scan};

/// Which of the four forms a request-target has (RFC 9112 section 3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TargetForm {
    /// `/path?query`, the usual one.
    Origin,
    /// `http://host/path?query`, as a proxy is asked; its authority wins over Host.
    Absolute,
    /// `host:port`, of CONNECT and no other method.
    Authority,
    /// `*`, of OPTIONS and no other method: the server as a whole.
    Asterisk,
}

/// A request-target in its parts; spans of the bytes it was parsed from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target {
    pub(crate) form: TargetForm,
    pub(crate) path: Span,
    pub(crate) query: Option<Span>,
    pub(crate) authority: Option<Span>,
}

impl Target {
    /// The target that is a path and nothing else.
    #[inline]
    pub(crate) fn of_path(path: Span) -> Target {
        Target {
            form: TargetForm::Origin,
            path,
            query: None,
            authority: None,
        }
    }

    /// The parts of a target of `bytes`.
    pub(crate) fn parse(bytes: &[u8], method: Span, target: Span) -> Result<Target, Rejection> {
        let method = &bytes[method.0 as usize..method.1 as usize];
        let (start, end) = (target.0 as usize, target.1 as usize);
        if bytes[start] == b'/' && method != b"CONNECT" {
            return Target::with_path(bytes, start, end, TargetForm::Origin, None);
        }
        Target::of_rare_form(bytes, start, end, method)
    }

    #[cold]
    fn of_rare_form(
        bytes: &[u8],
        start: usize,
        end: usize,
        method: &[u8],
    ) -> Result<Target, Rejection> {
        let target = &bytes[start..end];
        if method == b"CONNECT" {
            return match authority::is_host_and_port(target) {
                true => Ok(Target {
                    form: TargetForm::Authority,
                    path: (end as u32, end as u32),
                    query: None,
                    authority: Some((start as u32, end as u32)),
                }),
                false => Err(Rejection::Target),
            };
        }
        if target == b"*" && method == b"OPTIONS" {
            return Ok(Target {
                form: TargetForm::Asterisk,
                path: (end as u32, end as u32),
                query: None,
                authority: None,
            });
        }
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
        let mut parts = Target::with_path(bytes, path, end, TargetForm::Absolute, authority)?;
        if parts.path.0 == parts.path.1 {
            // An empty path is the path "/" (RFC 9110 section 4.2.3), and a span can only point
            // to a slash that is there: the one before the authority.
            parts.path = (host as u32 - 1, host as u32);
        }
        Ok(parts)
    }

    /// The target whose path and query are `start..end`, once they are checked.
    fn with_path(
        bytes: &[u8],
        start: usize,
        end: usize,
        form: TargetForm,
        authority: Option<Span>,
    ) -> Result<Target, Rejection> {
        let mut at = start;
        let query = loop {
            // What is behind a target is in no path, so that one ends with it at the latest.
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
        Ok(Target {
            form,
            path: (start as u32, path_end as u32),
            query: query.map(|query| (query as u32, end as u32)),
            authority,
        })
    }
}

/// Whether a byte may stand in a query: visible ASCII, but no start of a fragment.
///
/// RFC 3986 has no `"<>[\]^{|}` and backtick here, but browsers send them in queries and some of
/// them in paths, and nothing about them is ambiguous.
const fn is_query_byte(byte: u8) -> bool {
    byte.is_ascii_graphic() && byte != b'#'
}
