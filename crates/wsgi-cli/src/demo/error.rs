//! The error pages. Programs that ask for JSON get JSON instead, and others plain text.

use wsgi::{HttpError, Request, Response, adaptor::escape};

use super::{document::document, page::Kind};

/// The page of an error, with a link to the index, or a line for programs.
pub(super) fn page(request: &Request<'_>, error: &HttpError) -> Response {
    let text = match (error.text(), error.status().code()) {
        ("", 404) => "This page does not exist.",
        ("", 405) => "This page does not accept the request's method.",
        ("", 501) => "No page knows the request's method.",
        ("", code) if code < 500 => "This page does not accept such a request.",
        ("", _) => "Something went wrong. The log has the details.",
        (text, _) => text,
    };
    let id = request.environ().get("UNIQUE_ID");
    let reference = match id.filter(|_| error.status().code() == 500) {
        Some(id) => format!(" It calls this request {}.", id.to_string_lossy()),
        None => String::new(),
    };
    let title = error.status().to_string();
    if Kind::preferred(request.environ()) != Kind::Html {
        return Response::text(format!("{title}: {text}{reference}\n"))
            .with_header("Cache-Control", "no-store");
    }
    let sentence = match &*error.sentence() {
        "" => escape(text).into_owned(),
        sentence => escape(sentence).into_owned(),
    };
    let content = format!(
        "<p>{sentence}{}</p>\n<p><a href=\"\">To all pages</a></p>\n",
        escape(&reference)
    );
    document(request, &title, &content)
}

#[cfg(test)]
mod tests {
    use wsgi::{Adaptor, middleware::RequestId, testing::Request};

    use super::page;
    use crate::demo::in_memory;

    #[test]
    fn the_page_of_a_failure_has_the_id_that_the_log_has() {
        let broken = |_: &wsgi::Request<'_>| -> wsgi::Response { panic!("on purpose") };
        let site = Adaptor::new().get("/", broken).on_status(500, page);
        let response = Request::get("/").call(&RequestId::new(site));
        let id = response.headers().get("X-Request-ID").expect("an id");
        let told = format!("It calls this request {id}.");
        assert!(response.text().contains(&told), "{}", response.text());
        let logged = format!("[{id}] GET \"/\": panicked: on purpose");
        assert!(response.errors().contains(&logged), "{}", response.errors());
    }

    #[test]
    fn errors_are_pages_for_people_and_text_or_json_for_programs() {
        for (method, path, code, text) in [
            ("GET", "/nothing", 404, "This page does not exist."),
            ("PUT", "/visits", 405, "does not accept"),
            ("ABC", "/visits", 501, "No page knows"),
        ] {
            let request = || Request::new(method, path);
            let people = request().header("Accept", "text/html,*/*;q=0.8");
            let people = people.call(&in_memory());
            assert_eq!(people.status().code(), code);
            let page = people.text();
            assert!(page.contains(&format!("<h1>{code} ")), "{page}");
            assert!(page.contains(text), "{page}");
            let program = request().call(&in_memory());
            assert_eq!(program.status().code(), code);
            let line = program.text();
            assert!(line.starts_with(&format!("{code} ")), "{line}");
            assert!(line.contains(text), "{line}");
            assert_eq!(line.lines().count(), 1, "{line}");
        }
    }

    #[test]
    fn a_body_that_is_refused_is_answered_in_the_same_ways() {
        let long = "x".repeat(300_000);
        for (content_type, body, code, text) in [
            ("text/plain", "tea", 415, "body is not a form"),
            ("multipart/form-data", "tea", 400, "no valid boundary"),
            ("application/x-www-form-urlencoded", &*long, 413, "too long"),
        ] {
            let request = || Request::post("/basket").header("Content-Type", content_type);
            let people = request().header("Accept", "text/html").body(body);
            let page = people.call(&in_memory()).text().to_owned();
            assert!(page.contains(&format!("<h1>{code} ")), "{page}");
            assert!(page.contains(&format!("{text}.</p>")), "{page}");
            let line = request().body(body).call(&in_memory()).text().to_owned();
            assert!(line.starts_with(&format!("{code} ")), "{line}");
            assert!(line.ends_with(&format!("{text}\n")), "{line}");
        }
    }

    #[test]
    fn an_error_is_a_problem_for_programs_that_prefer_json() {
        let request = Request::get("/nothing").header("Accept", "application/json");
        let problem = "{\"title\":\"Not Found\",\"status\":404}\n";
        assert_eq!(request.call(&in_memory()).text(), problem);
    }
}
