//! The answer to a request that never reaches the application.

use std::{fmt, io, path::Path};

use rustix::io::Errno;
use wsgi_application::{Head, Status};
use wsgi_environ::{DeadlinePassed, InvalidVariable};
use wsgi_gateway::{Delimiter, Framing};
use wsgi_http1::TargetForm;

use crate::{
    counting::reason::RequestReason,
    protocol::Protocol,
    requests::{
        head::{SCHEME, SECURE_SCHEME},
        rejection::Rejection,
        request::Request,
    },
    responses::{
        clock::Clock,
        http1_head::{self, Persistence},
    },
};

/// The seconds after which a client may ask again when the server lacks something for the moment
/// (RFC 9110 section 10.2.3).
const RETRY_AFTER: &str = "5";

/// The reason why a request never reaches the application.
#[derive(Clone, Debug)]
pub(crate) enum Refusal {
    Rejected(Rejection),
    /// It came in clear, where TLS is spoken.
    InClear,
    TimedOut,
    Truncated,
    Connect,
    /// The target has a scheme that the server does not speak.
    Misdirected,
    /// The variables of a front server are not a request.
    Variables(InvalidVariable),
    /// The body is larger than all room for bodies.
    TooLarge,
    /// There was no room for the body in time.
    Crowded,
    /// There was no thread in time.
    Overloaded,
    /// The deadline has passed while the application was called.
    Overdue,
    /// The client's address has too many connections.
    TooManyConnections,
    /// The body could not be written to a file.
    Storage {
        code: u16,
        /// The error and the folder, for the log. Clients must not see them.
        detail: String,
    },
}

impl Refusal {
    /// The reason why a request is not for this server, if there is one: it asks for a tunnel, or
    /// for a scheme that the server does not speak (RFC 9110 section 7.4).
    #[cold]
    pub(crate) fn of(request: Request<'_>, is_secure: bool) -> Option<Self> {
        match request.head.target_form() {
            TargetForm::Origin | TargetForm::Asterisk => None,
            TargetForm::Authority => Some(Self::Connect),
            TargetForm::Absolute => {
                let scheme = request.head.scheme(request.bytes)?;
                let ours = if is_secure { SECURE_SCHEME } else { SCHEME };
                let is_ours = scheme.eq_ignore_ascii_case(ours.as_bytes());
                (!is_ours).then_some(Self::Misdirected)
            }
        }
    }

    pub(crate) fn status(&self) -> Status {
        let code = match self {
            Self::Rejected(rejection) => rejection.status_code(),
            Self::TimedOut => 408,
            Self::InClear | Self::Truncated => 400,
            Self::Connect => 501,
            Self::Misdirected => 421,
            Self::Variables(error) => error.status_code(),
            Self::TooLarge => 413,
            Self::Crowded | Self::Overloaded | Self::TooManyConnections => 503,
            Self::Overdue => DeadlinePassed::STATUS_CODE,
            Self::Storage { code, .. } => *code,
        };
        Status::from_code(code).unwrap_or(Status::BAD_REQUEST)
    }

    /// Whether the peer gave up the request, so that nothing must be logged or answered.
    pub(crate) fn is_abort(&self) -> bool {
        matches!(self, Self::Rejected(rejection) if rejection.is_abort())
    }

    /// The reason as it is counted. `None` if this is not a request that was refused.
    pub(crate) fn reason(&self) -> Option<RequestReason> {
        Some(match self {
            Self::Rejected(rejection) if rejection.is_abort() => return None,
            Self::Rejected(_) => RequestReason::Invalid,
            Self::InClear => RequestReason::NotTls,
            Self::TimedOut => RequestReason::Timeout,
            Self::Truncated => RequestReason::Truncated,
            Self::Connect => RequestReason::Connect,
            Self::Misdirected => RequestReason::Misdirected,
            Self::Variables(_) => RequestReason::Variables,
            Self::TooLarge => RequestReason::TooLarge,
            Self::Crowded => RequestReason::NoRoom,
            Self::Overloaded => RequestReason::Overload,
            Self::Storage { .. } => RequestReason::Storage,
            // A connection, and a request that was not refused.
            Self::TooManyConnections | Self::Overdue => return None,
        })
    }

    /// Whether the log hears only of the number of such refusals.
    pub(crate) fn is_counted(&self) -> bool {
        matches!(self, Self::Overloaded)
    }

    /// Whether the server lacks something, so that the request is not at fault.
    pub(crate) fn is_ours(&self) -> bool {
        matches!(self, Self::Crowded | Self::Storage { .. })
    }

    /// The refusal of a body that could not be written to a file in `folder`.
    pub(crate) fn storage(folder: &Path, error: &io::Error) -> Self {
        let folder = folder.display();
        let code = match Errno::from_io_error(error) {
            Some(Errno::NOSPC | Errno::DQUOT | Errno::FBIG) => 507,
            Some(Errno::MFILE | Errno::NFILE | Errno::NOMEM) => 503, // temporary
            _ => 500,
        };
        Self::Storage {
            code,
            detail: format!("a request's body cannot be kept in {folder}: {error}"),
        }
    }

    /// The text for the log.
    pub(crate) fn for_log(&self) -> String {
        match self {
            Self::Storage { detail, .. } => detail.clone(),
            refusal => refusal.to_string(),
        }
    }

    /// Writes the answer to a request, which may be incomplete. Writes nothing if the protocol does
    /// not allow an answer.
    pub(crate) fn write(&self, out: &mut Vec<u8>, request: Request<'_>, clock: &Clock) {
        let Request { head, bytes } = request;
        let is_head = head.refused_method(bytes) == Some(b"HEAD");
        self.write_as(out, head.protocol(), head.request_id(), is_head, clock);
    }

    /// The same for a request of which only this is known. Returns the length of the body.
    pub(crate) fn write_as(
        &self,
        out: &mut Vec<u8>,
        protocol: Protocol,
        #[cfg_attr(not(feature = "fastcgi"), expect(unused_variables))] request_id: u16,
        is_head: bool,
        clock: &Clock,
    ) -> usize {
        let mut head = Head::new();
        head.status = self.status();
        let text = format!("{}: {self}\n", head.status);
        let _ = head.headers.append("Content-Type", "text/plain");
        if head.status.code() == 503 {
            let _ = head.headers.append("Retry-After", RETRY_AFTER);
        }
        let length = text.len() as u64;
        // The head is the same as for GET (RFC 9110 sections 8.6 and 9.3.2).
        let body = match is_head {
            true => "",
            false => &text,
        };
        let framing = Framing {
            content_length: Some(length),
            delimiter: Delimiter::Length(length),
        };
        match protocol {
            Protocol::Http => {
                http1_head::write(out, &head, framing, Persistence::Close, clock);
                out.extend_from_slice(body.as_bytes());
            }
            #[cfg(feature = "fastcgi")]
            Protocol::FastCgi => {
                use wsgi_fastcgi::{NULL_REQUEST_ID, ProtocolStatus, RecordType, encode};
                let id = request_id;
                if id == NULL_REQUEST_ID || self.is_abort() {
                    return 0; // the codec has replied
                }
                let start = encode::start_record(out, RecordType::STDOUT, id);
                wsgi_gateway::write_cgi_head(out, &head, framing);
                out.extend_from_slice(body.as_bytes());
                encode::finish_record(out, start);
                encode::end_of_stream(out, RecordType::STDOUT, id);
                encode::end_request(out, id, 1, ProtocolStatus::RequestComplete);
            }
            #[cfg(feature = "scgi")]
            Protocol::Scgi => {
                wsgi_gateway::write_cgi_head(out, &head, framing);
                out.extend_from_slice(body.as_bytes());
            }
            #[cfg(feature = "uwsgi")]
            Protocol::Uwsgi => {
                wsgi_gateway::write_uwsgi_head(out, &head, framing);
                out.extend_from_slice(body.as_bytes());
            }
        }
        body.len()
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rejected(rejection) => rejection.fmt(f),
            Self::InClear => f.write_str("this port speaks TLS, so the URL begins with https"),
            Self::TimedOut => f.write_str("the request did not arrive in time"),
            Self::Truncated => f.write_str("the request ended too early"),
            Self::Connect => f.write_str("this server does not support CONNECT"),
            Self::Misdirected => f.write_str("this server does not speak the target's scheme"),
            Self::Variables(error) => error.fmt(f),
            Self::TooLarge => f.write_str("the body is larger than this server can keep"),
            Self::Crowded => f.write_str("the server has no room for the body at present"),
            Self::Overloaded => f.write_str("the server is busy at present"),
            Self::Overdue => f.write_str("the request took too long"),
            Self::TooManyConnections => f.write_str("your address has too many connections"),
            Self::Storage { code: 507, .. } => {
                f.write_str("the server has no space left for the body")
            }
            Self::Storage { .. } => f.write_str("the body cannot be kept"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_for_a_body_that_cannot_be_kept_depends_on_the_cause() {
        for (errno, code) in [
            (Errno::NOSPC, 507),
            (Errno::DQUOT, 507),
            (Errno::FBIG, 507),
            (Errno::MFILE, 503),
            (Errno::ACCESS, 500),
        ] {
            let refusal = Refusal::storage(Path::new("/spool"), &errno.into());
            assert_eq!(refusal.status().code(), code, "{errno}");
            assert!(!refusal.to_string().contains("spool") && refusal.is_ours());
            let line = format!("a request's body cannot be kept in /spool: {errno}");
            assert_eq!(refusal.for_log(), line);
        }
    }
}
