//! The pages that errors are answered with.

use wsgi_application::{Environ, Result, Status};
use wsgi_headers::Headers;
use wsgi_middleware::prefers_json;

use crate::{
    http_error::HttpError, into_response::IntoResponse, problem::problem, request::Request,
    response::Response, settings::Settings,
};

/// A function that makes the page of an error.
type Page = Box<dyn Fn(&Request<'_>, &HttpError) -> Result<Response> + Send + Sync>;

/// The page functions, by status.
#[derive(Default)]
pub(crate) struct Pages(Vec<(u16, Page)>);

impl Pages {
    /// Sets the page of a status. It replaces an earlier one.
    #[track_caller]
    pub(crate) fn set<R: IntoResponse>(
        &mut self,
        status: Option<Status>,
        page: impl Fn(&Request<'_>, &HttpError) -> R + Send + Sync + 'static,
    ) {
        let code = status.map_or(0, |status| status.code());
        assert!(code >= 400, "only an error status, from 400 on, has a page");
        self.0.retain(|(known, _)| *known != code);
        let page =
            move |request: &Request<'_>, error: &HttpError| page(request, error).into_response();
        self.0.push((code, Box::new(page)));
    }

    fn get(&self, code: u16) -> Option<&Page> {
        let found = self.0.iter().find(|(known, _)| *known == code);
        found.map(|(_, page)| page)
    }

    /// Whether an error of this status looks different from the gateway's own page.
    pub(crate) fn has_own_look(&self, environ: &Environ, code: u16) -> bool {
        self.get(code).is_some() || prefers_json(environ)
    }

    /// Answers an error: with a problem in JSON if the client prefers that, else with the page of
    /// its status, else with a line of text. Adds the `fields`: see [`Response::with_missing`].
    pub(crate) fn answer(
        &self,
        environ: &mut Environ,
        settings: &Settings,
        error: &HttpError,
        fields: &Headers,
    ) -> Result<Response> {
        let response = if prefers_json(environ) {
            problem(error)
        } else if let Some(page) = self.get(error.status().code()) {
            let input = environ.take_input();
            let request = Request::new(environ, input, settings, matchit::Params::new());
            let response = page(&request, error).and_then(Response::checked);
            let input = request.into_input();
            environ.set_input(input);
            response?.with_status(error.status().clone())
        } else {
            Response::text(format!("{error}\n")).with_status(error.status().clone())
        };
        let response = response.with_missing(fields);
        response.with_added_header("Vary", "Accept").checked()
    }
}
