//! The pages that errors are answered with.

use wsgi_application::{Result, Status};

use crate::{
    http_error::HttpError, into_response::IntoResponse, request::Request, response::Response,
};

/// A function that makes the page of an error.
pub(crate) type Page = Box<dyn Fn(&Request<'_>, &HttpError) -> Result<Response> + Send + Sync>;

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

    /// The page of a status.
    pub(crate) fn get(&self, code: u16) -> Option<&Page> {
        let found = self.0.iter().find(|(known, _)| *known == code);
        found.map(|(_, page)| page)
    }
}
