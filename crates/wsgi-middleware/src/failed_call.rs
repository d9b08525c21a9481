//! Calls after whose failure the error page of an inner application is changed.

use wsgi_application::{Application, Environ, ErrorPage, Filter, Result, StartResponse, filtered};

/// Calls an application through a filter.
///
/// If the call fails, even by a panic, an inner application may have set an [`ErrorPage`]. That
/// page goes through a filter of its own then, which is made for each page that is shown.
/// `of_pages` gives the function that makes it. It is not called otherwise.
pub(crate) fn filtered_with_error_page<M, P, F>(
    application: &impl Application,
    filter: impl Filter + 'static,
    of_pages: M,
    environ: &mut Environ,
    start_response: &mut StartResponse<'_>,
) -> Result
where
    M: FnOnce() -> P,
    P: Fn(&mut Environ) -> F + Send + Sync + 'static,
    F: Filter + 'static,
{
    let mut call = Call {
        environ,
        of_pages: Some(of_pages),
    };
    let result = filtered(application, filter, call.environ, start_response);
    if result.is_ok() {
        call.of_pages = None;
    }
    result
}

/// A running call. If it fails, dropping this changes the error page.
struct Call<'a, M, P, F>
where
    M: FnOnce() -> P,
    P: Fn(&mut Environ) -> F + Send + Sync + 'static,
    F: Filter + 'static,
{
    environ: &'a mut Environ,
    /// `None` once the application has answered.
    of_pages: Option<M>,
}

impl<M, P, F> Drop for Call<'_, M, P, F>
where
    M: FnOnce() -> P,
    P: Fn(&mut Environ) -> F + Send + Sync + 'static,
    F: Filter + 'static,
{
    fn drop(&mut self) {
        let Some(of_pages) = self.of_pages.take() else {
            return;
        };
        let Some(page) = self.environ.remove_extension::<ErrorPage>() else {
            return;
        };
        let filter_of = of_pages();
        let page = move |environ: &mut Environ, start_response: &mut StartResponse<'_>| {
            let filter = filter_of(environ);
            filtered(&page, filter, environ, start_response)
        };
        self.environ.insert_extension(ErrorPage::new(page));
    }
}
