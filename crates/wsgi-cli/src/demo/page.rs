//! Contents of pages, for people and for programs, and plain applications that are a single page.

use serde_json::Value;
use wsgi::{
    Application, Environ, Request, Response, Result, StartResponse, Status,
    environ::application_uri, headers::Accept,
};

use super::document::{ACCOUNT, Frame, document};

/// Answers 404 to paths below the one where the application is mounted.
pub(super) struct Page<A>(pub(super) A);

impl<A: Application> Application for Page<A> {
    fn call(&self, environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
        match environ.path_info().as_bytes() {
            b"" | b"/" => self.0.call(environ, start_response),
            _ => {
                let shown = Shown {
                    title: "404 Not Found",
                    html: "<p>This page does not exist.</p>\n<p><a href=\"\">To all pages</a></p>\n",
                    text: "404 Not Found: This page does not exist.\n",
                };
                shown.send(Status::NOT_FOUND, environ, start_response)
            }
        }
    }
}

/// The kinds of answers that a client can prefer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Html,
    Json,
}

impl Kind {
    /// The kind that the client prefers. Programs that say nothing get text.
    pub(super) fn preferred(environ: &Environ) -> Self {
        let accept = environ.get("HTTP_ACCEPT");
        let accept = accept.map_or_else(Accept::default, Accept::new);
        match accept.preferred(["text/plain", "text/html", "application/json"]) {
            Some("text/html") => Self::Html,
            Some("application/json") => Self::Json,
            _ => Self::Text,
        }
    }
}

/// Contents of a page, for people and for programs.
pub(super) struct Shown<'a> {
    pub(super) title: &'a str,
    pub(super) html: &'a str,
    pub(super) text: &'a str,
}

impl Shown<'_> {
    /// The answer of a handler: in the site's frame, as plain text, or as JSON if there is any, as
    /// the client prefers.
    pub(super) fn answer(&self, request: &Request<'_>, json: Option<Value>) -> Response {
        let response = match (Kind::preferred(request.environ()), json) {
            (Kind::Html, _) => document(request, self.title, self.html),
            (Kind::Json, Some(json)) => Response::json(&json),
            _ => Response::text(self.text.to_owned()),
        };
        response
            .with_header("Cache-Control", "no-store") // differs between visitors
            .with_header("Vary", "Accept")
    }

    /// Sends it in the site's frame or as plain text, as the client prefers.
    pub(super) fn send(
        &self,
        status: Status,
        environ: &Environ,
        start_response: &mut StartResponse<'_>,
    ) -> Result {
        self.send_from(Place::below_root, status, environ, start_response)
    }

    /// The same for an application in another place.
    pub(super) fn send_from(
        &self,
        place: fn(&Environ) -> Result<Place>,
        status: Status,
        environ: &Environ,
        start_response: &mut StartResponse<'_>,
    ) -> Result {
        let (content_type, body) = match Kind::preferred(environ) {
            Kind::Html => (
                "text/html; charset=utf-8",
                self.page(&place(environ)?, environ),
            ),
            _ => ("text/plain; charset=utf-8", self.text.to_owned()),
        };
        let headers = [
            ("Content-Type", content_type),
            ("Cache-Control", "no-store"), // shows the request
            ("Vary", "Accept"),
        ];
        start_response.start(status, headers)?;
        Ok(body.into())
    }

    /// The page of a plain application, which has no session.
    pub(super) fn page(&self, place: &Place, environ: &Environ) -> String {
        let frame = Frame {
            root: &place.root,
            path: &place.path,
            account: ACCOUNT,
        };
        frame.page(environ, self.title, self.html)
    }
}

/// The place of a page in the site.
pub(super) struct Place {
    /// The path of the site's root.
    pub(super) root: String,
    /// The path of the page below the root.
    pub(super) path: String,
}

impl Place {
    /// The place of an application that is mounted one level below the site's root.
    pub(super) fn below_root(environ: &Environ) -> Result<Self> {
        let path = mount(environ)?;
        let (root, name) = path.rsplit_once('/').unwrap_or(("", &path));
        Ok(Self {
            root: format!("{root}/"),
            path: name.to_owned(),
        })
    }

    /// The place of any page, for an application around the whole site.
    pub(super) fn anywhere(environ: &Environ) -> Result<Self> {
        let root = mount(environ)?;
        let path = environ.path_info().to_string_lossy();
        Ok(Self {
            root: format!("{}/", root.trim_end_matches('/')),
            path: path.trim_start_matches('/').to_owned(),
        })
    }
}

/// The path at which an application is mounted.
fn mount(environ: &Environ) -> Result<String> {
    let uri = application_uri(environ)?;
    let path = uri.split_once("://").map_or("", |(_, rest)| rest);
    Ok(path
        .find('/')
        .map_or("/", |start| &path[start..])
        .to_owned())
}
