//! How errors look.

use wsgi_application::{Environ, Result, Status};
use wsgi_environ::Input;
use wsgi_headers::Headers;
use wsgi_middleware::prefers_json;

use crate::{HttpError, IntoResponse, Request, Response, problem::problem, settings::Settings};

/// Makes the page of an error.
type Page = Box<dyn Fn(&Request<'_>, &HttpError) -> Result<Response> + Send + Sync>;

/// The pages of statuses.
#[derive(Default)]
pub(crate) struct Pages(Vec<(u16, Page)>);

impl Pages {
    /// Sets the page of a status, in place of the one that was there.
    #[track_caller]
    pub(crate) fn set<R: IntoResponse>(
        &mut self,
        status: Option<Status>,
        page: impl Fn(&Request<'_>, &HttpError) -> R + Send + Sync + 'static,
    ) {
        let code = status.map_or(0, |status| status.code());
        assert!(
            code >= 400,
            "pages are for the statuses of errors, from 400 on"
        );
        self.0.retain(|(known, _)| *known != code);
        let page =
            move |request: &Request<'_>, error: &HttpError| page(request, error).into_response();
        self.0.push((code, Box::new(page)));
    }

    fn get(&self, code: u16) -> Option<&Page> {
        let found = self.0.iter().find(|(known, _)| *known == code);
        found.map(|(_, page)| page)
    }
}

/// Whether an error of this status looks other than the gateway would have it look.
pub(crate) fn has_look(environ: &Environ, settings: &Settings, code: u16) -> bool {
    settings.pages.get(code).is_some() || prefers_json(environ)
}

/// The answer to an error: a problem in JSON where that is preferred, or else the page that is set
/// for its status, or a line of text. It has the `fields` as well, see [`Response::with_missing`].
pub(crate) fn error_page(
    environ: &mut Environ,
    settings: &Settings,
    error: &HttpError,
    fields: &Headers,
) -> Result<Response> {
    let response = if prefers_json(environ) {
        problem(error)
    } else if let Some(page) = settings.pages.get(error.status().code()) {
        let input = environ.take_input();
        let request = Request::new(environ, input, settings, matchit::Params::new());
        let response = page(&request, error).and_then(Response::checked);
        let input: Input = request.into_input();
        environ.set_input(input);
        response?.with_status(error.status().clone())
    } else {
        Response::text(format!("{error}\n")).with_status(error.status().clone())
    };
    let response = response.with_missing(fields);
    response.with_added_header("Vary", "Accept").checked()
}
