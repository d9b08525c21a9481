//! The blog as an application.

use std::{fmt, sync::Arc};

use wsgi::{
    Adaptor, Application, Environ, Result, StartResponse, adaptor::with_state, files::Conditional,
    forms::Limits,
};

use crate::{
    error_page::{error_page, passing_error},
    forms, reading,
    site::Site,
    writing,
};

/// A blog whose entries are files in a folder. It is an [`Application`], which can be served or
/// mounted.
///
/// ```
/// use wsgi::testing::Request;
/// use wsgi_blog::Blog;
///
/// # let folder = tempfile::tempdir()?;
/// let blog = Blog::open(&folder)?;
/// let put = Request::new("PUT", "/Hello%20world").body("This is the first entry.");
/// let response = put.call(&blog);
/// assert_eq!(response.status().code(), 201);
/// assert_eq!(response.headers().get("Location").unwrap(), "/Hello%20world");
///
/// let feed = Request::get("/").header("Accept", "application/atom+xml").call(&blog);
/// assert!(feed.text().contains("<title>Hello world</title>"));
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Blog(Conditional<Adaptor>);

impl Blog {
    pub(crate) fn new(site: Site) -> Self {
        let entry_bytes = site.store.limits().entry_bytes;
        let site = Arc::new(site);
        let of_errors = Arc::clone(&site);
        let pages = Adaptor::new()
            .get("/", with_state(&site, reading::list))
            .query("/", with_state(&site, reading::search))
            .put("/", with_state(&site, writing::nameless))
            .post("/", with_state(&site, forms::create))
            .get("/{*name}", with_state(&site, reading::show))
            .put("/{*name}", with_state(&site, writing::put))
            .delete("/{*name}", with_state(&site, writing::delete))
            .post("/{*name}", with_state(&site, forms::change))
            .fallback(with_state(&site, writing::elsewhere))
            .on_any_status(move |request, error| error_page(&of_errors, request, error))
            .after(passing_error)
            .max_body_bytes(entry_bytes.into())
            .form_limits(form_limits(entry_bytes));
        Self(Conditional::new(pages))
    }
}

impl Application for Blog {
    fn call(&self, environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
        self.0.call(environ, start_response)
    }
}

impl fmt::Debug for Blog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Blog").field(&self.0).finish()
    }
}

/// The limits of a form with a text. A line end takes two bytes in it, and in the body a byte takes
/// up to three. A text that is somewhat too long still comes back to its visitor.
fn form_limits(entry_bytes: u32) -> Limits {
    let text = u64::from(entry_bytes) * 2 + 4096;
    let bytes = |bytes| usize::try_from(bytes).unwrap_or(usize::MAX);
    Limits::new()
        .max_fields(8)
        .max_field_bytes(bytes(text))
        .max_text_bytes(bytes(text * 2))
        .max_body_bytes(text * 3 + 4096)
}
