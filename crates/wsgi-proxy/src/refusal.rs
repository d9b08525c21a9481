//! Requests that are not passed on.

use wsgi_application::{Result, StartResponse, Status};

use crate::target::NoTarget;

/// The reason for which a request is answered here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The path would leave the base, or is not one.
    Path(NoTarget),
    /// The method or a field cannot be written in HTTP/1.1.
    Malformed,
    /// The method is CONNECT, which asks for a tunnel; or it is a TRACE that ends here.
    NotImplemented,
    /// OPTIONS that end here (RFC 9110 section 7.6.2).
    OptionsEndHere,
    /// The request was here before.
    Loop,
    /// As many requests are passed on as may be.
    Busy,
}

/// The seconds after which a client may try again.
const RETRY_AFTER: &str = "5";

impl Refusal {
    pub(crate) fn answer(self, start_response: &mut StartResponse<'_>) -> Result {
        let (status, text) = match self {
            Self::Path(NoTarget::NotAPath) => (Status::BAD_REQUEST, "the request has no path"),
            Self::Path(NoTarget::ParentSegment) => {
                (Status::BAD_REQUEST, "the path has a segment of two dots")
            }
            Self::Malformed => (Status::BAD_REQUEST, "the request cannot be passed on"),
            Self::NotImplemented => (
                Status::NOT_IMPLEMENTED,
                "the method is not implemented here",
            ),
            Self::OptionsEndHere => {
                start_response.start(Status::OK, ())?;
                return Ok(().into());
            }
            Self::Loop => {
                let text = "the request was passed on in a circle";
                return page(start_response, Status::from_code(508)?, text);
            }
            Self::Busy => {
                let fields = [("Content-Type", "text/plain"), ("Retry-After", RETRY_AFTER)];
                start_response.start(Status::SERVICE_UNAVAILABLE, fields)?;
                let text = "503 Service Unavailable: too many requests are passed on\n";
                return Ok(text.into());
            }
        };
        page(start_response, status, text)
    }
}

/// A small page of text.
pub(crate) fn page(start_response: &mut StartResponse<'_>, status: Status, text: &str) -> Result {
    let page = format!("{} {}: {text}\n", status.code(), status.reason());
    start_response.start(status, [("Content-Type", "text/plain")])?;
    Ok(page.into())
}
