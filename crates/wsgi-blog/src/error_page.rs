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
    let text = match (error.text(), error.status().code()) {
        ("", 404) => "There is no such page.",
        ("", 405) => "The page does not accept this method.",
        ("", 501) => "The blog does not know this method.",
        ("", 415) => "The text must be text/plain in UTF-8.",
        ("", _) => "Something went wrong. The log has the details.",
        (text, _) => text,
    };
    let text = sentence(text);
    if Kind::preferred(request, &[Kind::Text, Kind::Html]) != Some(Kind::Html) {
        return Response::text(format!("{}\n\n{text}\n", error.status()));
    }
    let content = format!(
        "<p>{}</p>\n<p><a href=\"{}\">To all entries</a></p>\n",
        escape(&text),
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

/// A text as a sentence, as people write one. Those of errors begin with a small letter, and end
/// without a full stop.
fn sentence(text: &str) -> String {
    let mut letters = text.trim_end_matches('.').chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    let end = match text.ends_with(['?', '!']) {
        true => "",
        false => ".",
    };
    first.chain(letters).chain(end.chars()).collect()
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
    fn a_text_of_an_error_becomes_a_sentence() {
        for (text, shown) in [
            ("the page is full", "The page is full."),
            ("the page is full.", "The page is full."),
            ("which page?", "Which page?"),
            ("no more!", "No more!"),
        ] {
            assert_eq!(sentence(text), shown);
        }
    }

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
