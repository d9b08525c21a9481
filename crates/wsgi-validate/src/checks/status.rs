//! The status of a response, and the fields that it requires.

use wsgi_application::{Head, Status};

use crate::{finding::Finding, rule::rules, watch::Watch};

rules! {
    /// The status code is below 600.
    STATUS_CODE: Application, Violation, "RFC 9110 section 15";
    /// The status has a reason in ASCII, without spaces around it.
    STATUS_REASON: Application, Warning, "PEP 3333, The start_response() Callable; RFC 9112 section 4";
    /// A 206 response has a `Content-Range`, or its type is `multipart/byteranges`.
    CONTENT_RANGE: Application, Violation, "RFC 9110 section 15.3.7";
    /// A 301, 302, 303, 307 or 308 response has a `Location`.
    REDIRECTION: Application, Warning, "RFC 9110 section 15.4";
    /// A 304 response has no `Content-Encoding`, `Content-Language` or `Content-Range`, since it
    /// has no content.
    NOT_MODIFIED: Application, Warning, "RFC 9110 section 15.4.5";
    /// A 401 response has a `WWW-Authenticate`.
    CHALLENGE: Application, Violation, "RFC 9110 section 15.5.2";
    /// A 405 response has an `Allow`.
    ALLOW: Application, Violation, "RFC 9110 section 15.5.6";
}

use rules::*;

pub(crate) fn check(head: &Head, watch: &Watch) -> Result<(), Finding> {
    let Head {
        status, headers, ..
    } = head;
    let show = || format!("the status is {:?}", status.to_string());
    let without = |name| move || format!("the status is {}, and there is no {name}", status.code());
    watch.require(status.code() < 600, STATUS_CODE, show)?;
    watch.require(is_plain(status), STATUS_REASON, show)?;

    let has = |name| headers.contains(name);
    match status.code() {
        206 => {
            let media_type = headers.get("Content-Type").unwrap_or_default();
            let is_parts = media_type
                .as_bytes()
                .get(..20)
                .is_some_and(|start| start.eq_ignore_ascii_case(b"multipart/byteranges"));
            let is_kept = has("Content-Range") || is_parts;
            watch.require(is_kept, CONTENT_RANGE, without("Content-Range"))
        }
        301 | 302 | 303 | 307 | 308 => {
            watch.require(has("Location"), REDIRECTION, without("Location"))
        }
        304 => {
            let names = ["Content-Encoding", "Content-Language", "Content-Range"];
            let found = names.into_iter().find(|name| has(name));
            watch.require(found.is_none(), NOT_MODIFIED, || {
                format!("304 comes with {}", found.unwrap_or_default())
            })
        }
        401 => watch.require(
            has("WWW-Authenticate"),
            CHALLENGE,
            without("WWW-Authenticate"),
        ),
        405 => watch.require(has("Allow"), ALLOW, without("Allow")),
        _ => Ok(()),
    }
}

fn is_plain(status: &Status) -> bool {
    let reason = status.reason().as_bytes();
    !reason.is_empty() && reason.is_ascii() && reason.trim_ascii() == reason
}
