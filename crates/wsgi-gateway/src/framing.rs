//! The framing of a response: how the client finds its end (RFC 9112 section 6).

use wsgi_application::{Head, StartError};
use wsgi_environ::{HOP_BY_HOP, is_hop_by_hop};
use wsgi_headers::NameSet;

/// Properties of a request that decide the framing of its response.
///
/// ```
/// use wsgi_application::Head;
/// use wsgi_gateway::{Delimiter, Framing, Rules};
///
/// let head = Rules { head_only: true, chunked: true };
/// let framing = Framing::decide(&mut Head::new(), head, Some(13))?;
/// assert_eq!(framing, Framing { content_length: Some(13), delimiter: Delimiter::None });
/// # Ok::<(), wsgi_application::StartError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// The method is HEAD, so the response has only a head.
    pub head_only: bool,
    /// The gateway can mark the end of a body of unknown length, with the chunked coding of
    /// HTTP/1.1. It is false if the protocol itself marks the end, as in CGI.
    pub chunked: bool,
}

/// The framing of a response.
///
/// ```
/// use wsgi_application::Head;
/// use wsgi_gateway::{Delimiter, Framing, Rules};
///
/// let http11 = Rules { head_only: false, chunked: true };
/// let known = Framing::decide(&mut Head::new(), http11, Some(13))?;
/// assert_eq!(known, Framing { content_length: Some(13), delimiter: Delimiter::Length(13) });
/// let unknown = Framing::decide(&mut Head::new(), http11, None)?;
/// assert_eq!(unknown, Framing { content_length: None, delimiter: Delimiter::Chunked });
/// # Ok::<(), wsgi_application::StartError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Framing {
    /// A `Content-Length` that the gateway writes in addition to the head's own fields.
    pub content_length: Option<u64>,
    /// The end of the body.
    pub delimiter: Delimiter,
}

/// The end of a body.
///
/// ```
/// use wsgi_application::{Head, Status};
/// use wsgi_gateway::{Delimiter, Framing, Rules};
///
/// // HTTP/1.0 has no chunks.
/// let unknown = Framing::decide(&mut Head::new(), Rules::default(), None)?;
/// assert_eq!(unknown.delimiter, Delimiter::Close);
/// let mut head = Head::new();
/// head.status = Status::NO_CONTENT;
/// let none = Framing::decide(&mut head, Rules::default(), None)?;
/// assert_eq!(none.delimiter, Delimiter::None);
/// # Ok::<(), wsgi_application::StartError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delimiter {
    /// There is no body.
    None,
    /// The body has this number of bytes.
    Length(u64),
    /// The body ends with a last chunk (RFC 9112 section 7.1).
    Chunked,
    /// The body ends with the connection, or with the stream of the protocol.
    Close,
}

impl Framing {
    /// Decides the framing of a head that is about to be sent. `known` is the length of the body,
    /// if it is known.
    ///
    /// It removes the application's `Content-Length` if the status forbids one (204; RFC 9110
    /// section 8.6) or only allows 0 (205; section 15.3.6).
    ///
    /// # Errors
    ///
    /// The application's fields cannot be sent: one is a hop-by-hop field, or `Content-Length` is
    /// repeated or not a number.
    #[inline]
    pub fn decide(head: &mut Head, rules: Rules, known: Option<u64>) -> Result<Self, StartError> {
        let declared = declared_length(head)?;
        let (content_length, delimiter) = match (head.status.code(), declared) {
            (204, declared) => {
                if declared.is_some() {
                    head.headers.remove("Content-Length");
                }
                (None, Delimiter::None)
            }
            (205, None) => (Some(0), Delimiter::None),
            (205, Some(_)) => {
                head.headers.remove("Content-Length");
                (Some(0), Delimiter::None)
            }
            (304, _) => (None, Delimiter::None),
            (_, Some(_)) if rules.head_only => (None, Delimiter::None),
            (_, Some(declared)) => (None, Delimiter::Length(declared)),
            (_, None) if rules.head_only => (length_for_head(known), Delimiter::None),
            (_, None) => match known {
                Some(known) => (Some(known), Delimiter::Length(known)),
                None if rules.chunked => (None, Delimiter::Chunked),
                None => (None, Delimiter::Close),
            },
        };
        Ok(Self {
            content_length,
            delimiter,
        })
    }
}

/// The length of the body that GET would get. No bytes say nothing of it: the application may leave
/// the body out since the method is HEAD, and a wrong length must not be sent (RFC 9110 section
/// 8.6).
#[cold]
fn length_for_head(known: Option<u64>) -> Option<u64> {
    known.filter(|&length| length > 0)
}

/// The `Content-Length` that the application declared. Refuses hop-by-hop fields, which middleware
/// may have added.
#[inline]
fn declared_length(head: &Head) -> Result<Option<u64>, StartError> {
    // Few responses have either.
    const DECISIVE: NameSet = HOP_BY_HOP.or(NameSet::of(&["Content-Length"]));
    if !head.headers.may_have(DECISIVE) {
        return Ok(None);
    }
    let decides = |name: &[u8]| name.len() == "Content-Length".len() || is_hop_by_hop(name);
    match head.headers.find_name(decides) {
        None => Ok(None),
        Some(_) => read_length(head),
    }
}

/// The same, for a head that may have one of these fields.
#[inline(never)]
fn read_length(head: &Head) -> Result<Option<u64>, StartError> {
    let mut declared = None;
    for (name, value) in &head.headers {
        if name.eq_ignore_ascii_case("Content-Length") {
            let digits = value
                .to_str()
                .ok()
                .filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
            let length = digits.and_then(|text| text.parse().ok());
            if length.is_none() || declared.is_some() {
                return Err(StartError::ContentLength);
            }
            declared = length;
        } else if is_hop_by_hop(name) {
            return Err(StartError::HopByHop(name.to_owned()));
        }
    }
    Ok(declared)
}

#[cfg(test)]
mod tests {
    use super::*;
    use wsgi_application::Status;

    const GET: Rules = Rules {
        head_only: false,
        chunked: true,
    };
    const GET_1_0: Rules = Rules {
        head_only: false,
        chunked: false,
    };
    const HEAD: Rules = Rules {
        head_only: true,
        chunked: true,
    };

    fn head(code: u16, fields: &[(&str, &str)]) -> Head {
        let mut head = Head::new();
        head.status = Status::from_code(code).unwrap();
        for (name, value) in fields {
            head.headers.append(*name, *value).unwrap();
        }
        head
    }

    #[track_caller]
    fn check(
        mut head: Head,
        rules: Rules,
        known: Option<u64>,
        content_length: Option<u64>,
        delimiter: Delimiter,
    ) {
        assert_eq!(
            Framing::decide(&mut head, rules, known),
            Ok(Framing {
                content_length,
                delimiter
            })
        );
    }

    #[test]
    fn a_body_of_known_length_gets_a_content_length() {
        check(
            head(200, &[]),
            GET,
            Some(13),
            Some(13),
            Delimiter::Length(13),
        );
        check(
            head(200, &[]),
            GET_1_0,
            Some(13),
            Some(13),
            Delimiter::Length(13),
        );
        check(head(404, &[]), GET, Some(0), Some(0), Delimiter::Length(0));
    }

    #[test]
    fn a_body_of_unknown_length_is_chunked_or_ends_with_the_connection() {
        check(head(200, &[]), GET, None, None, Delimiter::Chunked);
        check(head(200, &[]), GET_1_0, None, None, Delimiter::Close);
    }

    #[test]
    fn a_declared_length_is_used_and_not_repeated() {
        let fields = [("content-length", "7")];
        check(head(200, &fields), GET, None, None, Delimiter::Length(7));
        check(
            head(200, &fields),
            GET_1_0,
            Some(13),
            None,
            Delimiter::Length(7),
        );
        check(head(200, &fields), HEAD, Some(0), None, Delimiter::None);
    }

    #[test]
    fn a_response_to_head_has_the_length_of_get_and_no_body() {
        check(head(200, &[]), HEAD, Some(13), Some(13), Delimiter::None);
        check(head(200, &[]), HEAD, None, None, Delimiter::None);
        check(head(205, &[]), HEAD, Some(0), Some(0), Delimiter::None);
    }

    #[test]
    fn no_bytes_in_response_to_head_are_not_the_length_of_get() {
        check(head(200, &[]), HEAD, Some(0), None, Delimiter::None);
        let none = [("Content-Length", "0")];
        check(head(200, &none), HEAD, Some(0), None, Delimiter::None);
    }

    #[test]
    fn statuses_without_a_body_have_none() {
        check(head(204, &[]), GET, Some(13), None, Delimiter::None);
        check(head(205, &[]), GET, Some(13), Some(0), Delimiter::None);
        check(head(304, &[]), GET, Some(13), None, Delimiter::None);
        let mut no_content = head(204, &[("Content-Length", "5")]);
        assert!(Framing::decide(&mut no_content, GET, None).is_ok());
        assert!(
            !no_content.headers.contains("Content-Length"),
            "RFC 9110 section 8.6"
        );
        let mut not_modified = head(304, &[("Content-Length", "5")]);
        assert!(Framing::decide(&mut not_modified, GET, None).is_ok());
        assert!(
            not_modified.headers.contains("Content-Length"),
            "the length of the 200 it stands for"
        );
    }

    #[test]
    fn a_name_as_long_as_content_length_is_not_mistaken_for_it() {
        let fields = [("Accept-Charset", "utf-8"), ("Content-Length", "7")];
        check(head(200, &fields), GET, None, None, Delimiter::Length(7));
    }

    #[test]
    fn fields_that_would_break_the_framing_are_refused() {
        for value in ["", "-1", "+1", "1, 1", "0x1", "18446744073709551616"] {
            let mut head = head(200, &[("Content-Length", value)]);
            assert_eq!(
                Framing::decide(&mut head, GET, None),
                Err(StartError::ContentLength),
                "{value:?}"
            );
        }
        let mut twice = head(200, &[("Content-Length", "1"), ("content-length", "1")]);
        assert_eq!(
            Framing::decide(&mut twice, GET, None),
            Err(StartError::ContentLength)
        );
        let mut hop = head(200, &[("transfer-encoding", "chunked")]);
        assert_eq!(
            Framing::decide(&mut hop, GET, None),
            Err(StartError::HopByHop("transfer-encoding".into()))
        );
    }
}
