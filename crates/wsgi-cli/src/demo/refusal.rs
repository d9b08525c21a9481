//! Refusals of middleware: pages for people, and its own plain text for programs.

use wsgi::{Application, Environ, Result, StartResponse, Status, adaptor::escape};

use super::{
    document::{ACCOUNT, Frame},
    page::{Kind, Place, Shown},
};

/// Refuses a form on a page of another site.
pub(super) fn cross_site(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    let shown = Shown {
        title: "403 Forbidden",
        html: "<p>A page of another site has sent this request, so nothing was done.</p>\n\
               <p><a href=\"\">To all pages</a></p>\n",
        text: "403 Forbidden: the request was made by a page of another site\n",
    };
    shown.send_from(Place::anywhere, Status::FORBIDDEN, environ, start_response)
}

/// Shows people a page when an application asks for a password, refuses any for a while, or has no
/// such file.
pub(super) struct Styled<A>(pub(super) A);

impl<A: Application> Application for Styled<A> {
    fn call(&self, environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
        let body = self.0.call(environ, start_response)?;
        let Some(head) = start_response.head() else {
            return Ok(body);
        };
        let (title, html) = match head.status.code() {
            401 => ("401 Unauthorized", UNAUTHORIZED),
            404 => ("404 Not Found", NOT_FOUND),
            405 => ("405 Method Not Allowed", NOT_ALLOWED),
            501 => ("501 Not Implemented", NOT_ALLOWED),
            429 => ("429 Too Many Requests", TOO_MANY),
            _ => return Ok(body),
        };
        head.headers.append("Vary", "Accept")?;
        if Kind::preferred(environ) != Kind::Html {
            return Ok(body);
        }
        head.headers.remove("Content-Length");
        head.headers
            .set("Content-Type", "text/html; charset=utf-8")?;
        let place = Place::below_root(environ)?;
        let frame = Frame {
            root: &place.root,
            path: &format!("{}{}", place.path, environ.path_info().to_string_lossy()),
            account: ACCOUNT,
        };
        // The policy of the files forbids a base, so the links begin at the root.
        let html = html.replace("{root}", &escape(frame.root));
        Ok(frame.page_in_place(environ, title, &html).into())
    }
}

const UNAUTHORIZED: &str = "<p>This page requires a password. The user is demo, and so is the \
    password.</p>\n<p><a href=\"{root}private\">Try again</a></p>\n";

const NOT_FOUND: &str = "<p>This file does not exist.</p>\n\
    <p><a href=\"{root}files/\">To all files</a></p>\n";

const NOT_ALLOWED: &str = "<p>A file can only be fetched.</p>\n\
    <p><a href=\"{root}files/\">To all files</a></p>\n";

const TOO_MANY: &str = "<p>There were too many wrong passwords. Please wait a moment.</p>\n";

#[cfg(test)]
mod tests {
    use wsgi::{
        Mounts,
        testing::{Request, Response},
    };

    use crate::demo::in_memory;

    #[track_caller]
    fn check(request: impl Fn() -> Request, code: u16, text: &str) -> Response {
        let site = Mounts::new().mount("/a", in_memory());
        let program = request().call(&site);
        assert_eq!(program.status().code(), code);
        assert!(program.text().starts_with(&format!("{code} ")));
        let people = request().header("Accept", "text/html,*/*;q=0.8");
        let people = people.call(&site);
        assert_eq!(people.status().code(), code);
        let content_type = people.headers().get("Content-Type").unwrap();
        assert_eq!(content_type, "text/html; charset=utf-8");
        for part in [text, "href=\"/a/login\">Account</a>", "<style nonce=\""] {
            assert!(people.text().contains(part), "{part}: {}", people.text());
        }
        people
    }

    #[test]
    fn a_form_of_another_site_is_refused_with_a_page() {
        for path in ["/a/echo", "/a/guess", "/a/blog/name", "/a/"] {
            let request = || Request::post(path).header("Sec-Fetch-Site", "cross-site");
            check(request, 403, "<h1>403 Forbidden</h1>");
        }
    }

    #[test]
    fn a_file_that_is_missing_is_told_of_with_a_page() {
        for path in ["/a/files/nothing", "/a/files/pictures/nothing"] {
            let people = check(|| Request::get(path), 404, "<h1>404 Not Found</h1>");
            for part in [
                "<a href=\"/a/files/\">To all files</a>",
                "<a href=\"/a/files/\" aria-current=\"true\">Files</a>",
            ] {
                assert!(people.text().contains(part), "{}", people.text());
            }
            assert!(!people.text().contains("<base"), "the policy forbids it");
            let policies = people.headers().get_all("Content-Security-Policy");
            let policies = policies.map(|policy| policy.to_string());
            let nonce = people.text().split("<style nonce=\"").nth(1);
            let nonce = nonce.and_then(|rest| rest.split('"').next());
            let allowed = format!("'nonce-{}'", nonce.expect("a nonce"));
            assert!(policies.collect::<String>().contains(&allowed), "{allowed}");
            let vary = people.headers().get_all("Vary");
            let vary = vary.map(|value| value.to_string()).collect::<Vec<_>>();
            assert!(vary.iter().any(|value| value == "Accept"), "{vary:?}");
        }
        check(
            || Request::post("/a/files/page.html"),
            405,
            "<h1>405 Method Not Allowed</h1>",
        );
        check(
            || Request::new("ABC", "/a/files/page.html"),
            501,
            "<h1>501 Not Implemented</h1>",
        );
    }

    #[test]
    fn a_password_is_asked_for_with_a_page() {
        let people = check(
            || Request::get("/a/private"),
            401,
            "<h1>401 Unauthorized</h1>",
        );
        assert!(people.headers().contains("WWW-Authenticate"));
    }
}
