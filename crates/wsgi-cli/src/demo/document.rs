//! The HTML that all pages share.

use wsgi::{Environ, Request, Response, adaptor::escape, environ::request_uri, sessions::Session};

/// Pages load nothing from elsewhere, and their forms go nowhere else. Styles and scripts have the
/// nonce of their page.
pub(super) const POLICY: &str = "default-src 'none'; img-src 'self'; style-src {nonce}; \
                                 script-src {nonce}; connect-src 'self'; form-action 'self'; \
                                 base-uri 'self'";

/// The pages of the navigation, with their links.
const PAGES: [(&str, &str); 10] = [
    ("environ", "Environ"),
    ("echo", "Echo"),
    ("visits", "Visits"),
    ("basket", "Basket"),
    ("guess", "Guess"),
    ("upload", "Upload"),
    ("events", "Clock"),
    ("files/", "Files"),
    ("blog/", "Blog"),
    ("private", "Private"),
];

/// The link to the login on a page that does not know who is logged in.
pub(super) const ACCOUNT: &str = "Account";

/// The style of all pages.
pub(super) const STYLE: &str = include_str!("style.css");

/// A page with a title and content. The content is HTML. Its links are relative to the site's root,
/// wherever that is mounted.
pub(super) fn document(request: &Request<'_>, title: &str, content: &str) -> Response {
    let owner = request.session().map(Session::owner);
    let account = match owner {
        Ok(Ok(Some(owner))) => format!("Signed in as {owner}"),
        Ok(Ok(None)) => "Log in".to_owned(),
        _ => ACCOUNT.to_owned(),
    };
    let path = request.relative_path().to_string_lossy();
    let html = Frame {
        root: &request.link("/"),
        path: path.trim_start_matches('/'),
        account: &account,
    };
    Response::html(html.page(request.environ(), title, content))
        .with_header("Cache-Control", "no-store") // differs between visitors
}

/// Surroundings of the content of a page.
pub(super) struct Frame<'a> {
    /// The path of the site's root.
    pub(super) root: &'a str,
    /// The path of the page below the root.
    pub(super) path: &'a str,
    /// The text of the link to the login.
    pub(super) account: &'a str,
}

impl Frame<'_> {
    /// The HTML of a page. The links of its content are relative to the site's root.
    pub(super) fn page(&self, environ: &Environ, title: &str, content: &str) -> String {
        let base = format!("<base href=\"{}\">\n", escape(self.root));
        self.page_with(&base, environ, title, content)
    }

    /// The HTML of a page. The links of its content are relative to the page.
    pub(super) fn page_in_place(&self, environ: &Environ, title: &str, content: &str) -> String {
        self.page_with("", environ, title, content)
    }

    fn page_with(&self, base: &str, environ: &Environ, title: &str, content: &str) -> String {
        // The error page of a test may have no policy around it.
        let nonce = wsgi::middleware::csp_nonce(environ).unwrap_or_default();
        format!(
            include_str!("document.html"),
            title = escape(title),
            base = base,
            root = escape(self.root),
            nonce = nonce,
            style = STYLE,
            header = self.header(&here(environ)),
            content = content,
            footer = footer(),
        )
    }

    /// The header of a page, with links to the others. `here` is the page, as a link to it. The
    /// header is XHTML, too.
    pub(super) fn header(&self, here: &str) -> String {
        format!(
            include_str!("header.html"),
            here = escape(here),
            root = escape(self.root),
            pages = self.links(),
            account = escape(self.account),
        )
    }

    fn links(&self) -> String {
        let root = escape(self.root);
        let link = |(path, name): (&str, &str)| {
            let current = if self.path == path {
                " aria-current=\"page\""
            } else if path.ends_with('/') && self.path.starts_with(path) {
                " aria-current=\"true\"" // a page of this part of the site
            } else {
                ""
            };
            format!("\n<a href=\"{root}{path}\"{current}>{name}</a>")
        };
        PAGES.map(link).concat()
    }
}

/// The whole path of a page. A link within a page that has a base needs it. A path with two slashes
/// would be the name of another site (RFC 3986 section 4.2).
fn here(environ: &Environ) -> String {
    let uri = request_uri(environ, true).unwrap_or_default();
    let path = uri
        .split_once("://")
        .and_then(|(_, rest)| rest.find('/').map(|at| &rest[at..]));
    match path {
        Some(path) if path.starts_with("//") => format!("/.{path}"),
        path => path.unwrap_or("/").to_owned(),
    }
}

/// The footer of all pages. It is XHTML, too.
pub(super) fn footer() -> String {
    format!(
        include_str!("footer.html"),
        version = env!("CARGO_PKG_VERSION")
    )
}

#[cfg(test)]
mod tests {
    use wsgi::{Mounts, testing::Request};

    use crate::demo::{in_memory, visitor::Visitor};

    #[test]
    fn links_lead_to_where_the_site_is_mounted() {
        let site = Mounts::new().mount("/a \"b\"", in_memory());
        for path in ["visits", "environ/below", "echo", "nothing"] {
            let page = Request::get(format!("/a%20%22b%22/{path}"))
                .header("Accept", "text/html")
                .call(&site);
            let base = "<base href=\"/a%20%22b%22/\">";
            assert!(page.text().contains(base), "{path}: {}", page.text());
            let icon = "<link rel=\"icon\" href=\"/a%20%22b%22/files/";
            assert!(page.text().contains(icon), "{path}: {}", page.text());
        }
        let left = Request::post("/a%20%22b%22/logout").call(&site);
        assert_eq!(left.headers().get("Location").unwrap(), "/a%20%22b%22/");
    }

    #[test]
    fn a_link_within_a_page_leads_to_no_other_site() {
        let page = Request::get("//evil.example/nothing")
            .header("Accept", "text/html")
            .call(&in_memory());
        let link = "<a class=\"skip\" href=\"/.//evil.example/nothing#content\">";
        assert!(page.text().contains(link), "{}", page.text());
    }

    #[test]
    fn a_page_says_who_is_logged_in_and_which_page_it_is() {
        let site = in_memory();
        let mut visitor = Visitor::of(&site);
        let page = visitor.get("/basket");
        assert!(page.contains("<a class=\"account\" href=\"/login\">Log in</a>"));
        assert!(page.contains("<a href=\"/basket\" aria-current=\"page\">"));
        assert_eq!(page.matches("aria-current=\"page\"").count(), 1);
        visitor.post("/login", &[("user", "demo"), ("password", "demo")]);
        for path in ["/", "/basket", "/login"] {
            assert!(
                visitor.get(path).contains(">Signed in as demo</a>"),
                "{path}"
            );
        }
        for path in ["/environ", "/echo", "/private"] {
            let page = Request::get(path).header("Accept", "text/html");
            let page = page.call(&site);
            let neutral = "<a class=\"account\" href=\"/login\">Account</a>";
            assert!(page.text().contains(neutral), "{path}: {}", page.text());
        }
    }
}
