//! The pages of errors.

use wsgi::{HttpError, Request, Response, adaptor::escape};

use crate::{
    document::{document, uncached},
    kind::Kind,
    site::Site,
};

/// The page of an error, for clients that prefer HTML, as browsers do. Programs, which often accept
/// everything, get a text, or JSON if they ask for it.
pub(crate) fn error_page(site: &Site, request: &Request<'_>, error: &HttpError) -> Response {
    let sentence = error.sentence();
    let text = match (&*sentence, error.status().code()) {
        ("", 404) => "There is no such page.",
        ("", 405) => "The page does not accept this method.",
        ("", 501) => "The blog does not know this method.",
        ("", 415) => "The text must be text/plain in UTF-8.",
        ("", _) => "Something went wrong. The log has the details.",
        (text, _) => text,
    };
    if Kind::preferred(request, &[Kind::Text, Kind::Html]) != Some(Kind::Html) {
        return Response::text(format!("{}\n\n{text}\n", error.status()));
    }
    let content = format!(
        "<p>{}</p>\n<p><a href=\"{}\">To all entries</a></p>\n",
        escape(text),
        escape(&request.link("/"))
    );
    document(
        site,
        request,
        Kind::Html,
        &error.status().to_string(),
        &content,
    )
}

/// Keeps errors out of caches, as pages and as JSON alike. When others are writing, a client may
/// try again in a second.
pub(crate) fn passing_error(_: &Request<'_>, response: Response) -> Response {
    match response.status().code() {
        ..400 => response,
        503 => uncached(response).with_header("Retry-After", "1"),
        _ => uncached(response),
    }
}

#[cfg(test)]
mod tests {
    use wsgi::{Adaptor, testing::Request};

    use super::*;

    #[test]
    fn every_form_of_an_error_says_when_to_try_again() {
        let app = Adaptor::new()
            .get("/", |_| Err::<Response, _>(HttpError::new(503, "")))
            .after(passing_error);
        for accept in ["*/*", "application/json"] {
            let response = Request::get("/").header("Accept", accept).call(&app);
            let fields = response.headers();
            assert_eq!(fields.get("Retry-After").unwrap(), "1", "{accept}");
            assert_eq!(fields.get("Cache-Control").unwrap(), "no-store", "{accept}");
        }
    }
}
