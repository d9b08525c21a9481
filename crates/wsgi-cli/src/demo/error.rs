//! The pages of errors, for people; programs that ask for JSON get that.

use wsgi::{HttpError, Request, Response, adaptor::escape};

use super::document::document;

/// The page of an error, with a way on.
pub(super) fn page(request: &Request<'_>, error: &HttpError) -> Response {
    let text = match (error.text(), error.status().code()) {
        ("", 404) => "There is no such page.",
        ("", 405) => "This page does not take such a request.",
        ("", _) => "Something went wrong here. It is in the log.",
        (text, _) => text,
    };
    let content = format!(
        "<p>{}</p>\n<p><a href=\"\">To all pages</a></p>\n",
        escape(text)
    );
    document(request, &error.status().to_string(), &content)
}

#[cfg(test)]
mod tests {
    use wsgi::testing::Request;

    use crate::demo::in_memory;

    #[test]
    fn errors_look_as_the_rest_of_the_site_does_and_programs_get_json() {
        for (request, code, text) in [
            (Request::get("/nothing"), 404, "There is no such page."),
            (Request::new("PUT", "/visits"), 405, "does not take such"),
        ] {
            let people = request.call(&in_memory());
            assert_eq!(people.status().code(), code);
            let page = people.text();
            assert!(page.contains(&format!("<h1>{code} ")), "{page}");
            assert!(page.contains(text), "{page}");
        }
        let request = Request::get("/nothing").header("Accept", "application/json");
        let problem = "{\"title\":\"Not Found\",\"status\":404}\n";
        assert_eq!(request.call(&in_memory()).text(), problem);
    }
}
