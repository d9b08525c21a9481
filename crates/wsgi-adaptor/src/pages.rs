//! The pages that errors are answered with.

use wsgi_application::{Result, Status};

use crate::{
    http_error::HttpError, into_response::IntoResponse, request::Request, response::Response,
};

/// A function that makes the page of an error.
pub(crate) type Page = Box<dyn Fn(&Request<'_>, &HttpError) -> Result<Response> + Send + Sync>;

/// The page functions.
#[derive(Default)]
pub(crate) struct Pages {
    by_code: Vec<(u16, Page)>,
    /// The page of every other status.
    other: Option<Page>,
}

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
        self.by_code.retain(|(known, _)| *known != code);
        self.by_code.push((code, boxed(page)));
    }

    /// Sets the page of every status without a page of its own. It replaces an earlier one.
    pub(crate) fn set_other<R: IntoResponse>(
        &mut self,
        page: impl Fn(&Request<'_>, &HttpError) -> R + Send + Sync + 'static,
    ) {
        self.other = Some(boxed(page));
    }

    /// The page of a status.
    pub(crate) fn get(&self, code: u16) -> Option<&Page> {
        let found = self.by_code.iter().find(|(known, _)| *known == code);
        found.map(|(_, page)| page).or(self.other.as_ref())
    }
}

fn boxed<R: IntoResponse>(
    page: impl Fn(&Request<'_>, &HttpError) -> R + Send + Sync + 'static,
) -> Page {
    Box::new(move |request, error| page(request, error).into_response())
}
