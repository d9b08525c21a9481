//! Responses to failures of a session: sentences for people, JSON for programs.

use wsgi_application::{Body, Environ, Status};
use wsgi_headers::{Accept, Headers, InvalidHeader};
use wsgi_sessions::Error as SessionError;

use crate::accept::prefers_json;

/// The response to a request whose session failed.
pub(crate) struct SessionAnswer {
    pub(crate) status: Status,
    /// The number of seconds after which the client may try again (RFC 9110 section 10.2.3).
    retry_after: Option<&'static str>,
    title: &'static str,
    text: &'static str,
}

impl SessionAnswer {
    /// Returns the response to an error, if there is a specific one.
    pub(crate) fn of(error: &SessionError) -> Option<Self> {
        let conflict = |retry_after, title, text| Self {
            status: Status::CONFLICT,
            retry_after,
            title,
            text,
        };
        Some(match error {
            SessionError::Retired => conflict(
                Some("1"),
                "Please try again",
                "Your session was renewed a moment ago, perhaps in another window or by a second \
                 click. What you sent was not saved. Please go back and try again.",
            ),
            SessionError::Ended => conflict(
                None,
                "You have been signed out",
                "Your session was ended, perhaps in another window. What you sent was not saved.",
            ),
            SessionError::Expired => conflict(
                None,
                "Your session has expired",
                "Your session has expired, and what you sent was not saved. Please go back and \
                 start again.",
            ),
            error if error.is_temporary() => Self {
                status: Status::SERVICE_UNAVAILABLE,
                retry_after: Some("5"),
                title: "Please try again",
                text: "Your session cannot be reached at the moment. Please try again in a few \
                       seconds.",
            },
            _ => return None,
        })
    }

    /// Returns its header fields and its body, in the form that the client prefers.
    pub(crate) fn parts(&self, environ: &Environ) -> Result<(Headers, Body), InvalidHeader> {
        let form = Form::preferred(environ);
        let Self {
            status,
            title,
            text,
            ..
        } = self;
        let body = match form {
            Form::Text => format!("{status}\n\n{text}\n"),
            Form::Html => format!(
                "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
                 <meta name=\"viewport\" content=\"width=device-width\">\n\
                 <title>{title}</title>\n<h1>{title}</h1>\n<p>{text}</p>\n"
            ),
            // The texts contain nothing that must be escaped.
            Form::Json => format!(
                "{{\"title\":\"{}\",\"status\":{},\"detail\":\"{text}\"}}\n",
                status.reason(),
                status.code()
            ),
        };
        let mut headers = Headers::from_fields([
            ("Content-Type", form.media_type()),
            ("Cache-Control", "no-store"),
        ])?;
        if let Some(seconds) = self.retry_after {
            headers.append("Retry-After", seconds)?;
        }
        Ok((headers, body.into()))
    }
}

/// The format of the response.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Form {
    Text,
    Html,
    /// A problem detail (RFC 9457).
    Json,
}

impl Form {
    /// Chooses JSON if the client [prefers](prefers_json) it, HTML if its `Accept` field names
    /// that, and text otherwise.
    fn preferred(environ: &Environ) -> Self {
        const HTML: [&str; 2] = ["text/html", "application/xhtml+xml"];
        let accept = environ
            .get("HTTP_ACCEPT")
            .map_or_else(Accept::default, Accept::new);
        match accept.preferred(["text/plain", HTML[0], HTML[1]]) {
            _ if prefers_json(environ) => Self::Json,
            Some(media_type) if HTML.contains(&media_type) => Self::Html,
            _ => Self::Text,
        }
    }

    fn media_type(self) -> &'static str {
        match self {
            Self::Text => "text/plain; charset=utf-8",
            Self::Html => "text/html; charset=utf-8",
            Self::Json => "application/problem+json",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_is_the_one_the_client_prefers() {
        for (accept, form) in [
            ("", Form::Text),
            ("*/*", Form::Text),
            (
                "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
                Form::Html,
            ),
            ("TEXT/HTML ; charset=utf-8", Form::Html),
            ("application/json", Form::Json),
            ("application/json, text/plain, */*", Form::Json),
            ("text/plain;q=0.5, text/html;q=0.6", Form::Html),
            ("text/html;q=0", Form::Text),
            ("image/png", Form::Text),
        ] {
            let mut environ = Environ::new();
            environ.set("HTTP_ACCEPT", accept);
            assert_eq!(Form::preferred(&environ), form, "{accept}");
        }
    }

    #[test]
    fn a_client_that_sends_json_gets_json_unless_it_prefers_something_else() {
        let mut environ = Environ::new();
        environ.set("CONTENT_TYPE", "application/json");
        assert_eq!(Form::preferred(&environ), Form::Json);
        environ.set("HTTP_ACCEPT", "*/*");
        assert_eq!(Form::preferred(&environ), Form::Json);
        environ.set("HTTP_ACCEPT", "text/html, */*;q=0.8");
        assert_eq!(Form::preferred(&environ), Form::Html);
    }
}
