//! The URLs of pages in mounted adaptors.

use wsgi_adaptor::{Adaptor, Request, UrlError};
use wsgi_testing::{Request as Test, Response};

fn get(app: &Adaptor, path: &str) -> Response {
    Test::get(path).call(app)
}

#[test]
fn names_are_looked_up_from_the_inside_out() {
    fn url(request: &Request<'_>) -> Result<String, UrlError> {
        request.url_for(request.query().get("name").unwrap_or_default(), &[])
    }
    let deep = Adaptor::new()
        .get("/", url)
        .name("home", "/")
        .get("/d", url)
        .name("deep", "/d");
    let inner = Adaptor::new()
        .get("/", url)
        .name("home", "/")
        .mount("/100%", deep)
        .name("deep", "/100%");
    let app = Adaptor::new()
        .get("/", url)
        .name("home", "/")
        .get("/login", url)
        .name("login", "/login")
        .mount("/caf\u{e9}", inner)
        .name("shop", "/caf\u{e9}");
    for (at, name, expected) in [
        ("/", "home", "/"),
        ("/", "shop", "/caf%C3%A9"),
        ("/", "shop:home", "/caf%C3%A9/"),
        ("/", "shop:deep:deep", "/caf%C3%A9/100%25/d"),
        ("/caf%C3%A9/", "home", "/caf%C3%A9/"),
        ("/caf%C3%A9/", "login", "/login"),
        ("/caf%C3%A9/", "deep:home", "/caf%C3%A9/100%25/"),
        ("/caf%C3%A9/100%25/", "home", "/caf%C3%A9/100%25/"),
        ("/caf%C3%A9/100%25/", "deep", "/caf%C3%A9/100%25/d"),
        ("/caf%C3%A9/100%25/", "login", "/login"),
        ("/caf%C3%A9/100%25/", "shop:home", "/caf%C3%A9/"),
    ] {
        assert_eq!(
            get(&app, &format!("{at}?name={name}")).text(),
            expected,
            "{name} at {at}"
        );
        assert_ne!(get(&app, expected).status().code(), 404, "{expected}");
    }
    for name in ["none", "shop:none", "none:home", ":home", "shop:", ""] {
        let response = get(&app, &format!("/caf%C3%A9/?name={name}"));
        assert_eq!(response.status().code(), 500, "{name}");
    }
}

#[test]
fn a_page_that_another_adaptor_hides_has_no_url() {
    fn url(request: &Request<'_>) -> String {
        match request.url_for(request.query().get("name").unwrap(), &[]) {
            Ok(url) => url,
            Err(error) => error.to_string(),
        }
    }
    let blog = Adaptor::new()
        .get("/", url)
        .name("home", "/")
        .get("/admin", |_| "the blog's")
        .name("admin", "/admin")
        .mount("/log", Adaptor::new())
        .name("log", "/log");
    let app = Adaptor::new()
        .get("/", url)
        .get("/blog/about", |_| "about")
        .name("about", "/blog/about")
        .mount("/blog", blog)
        .name("blog", "/blog")
        .mount("/blog/admin", Adaptor::new().fallback(|_| "another's"))
        .name("admin", "/blog/admin")
        .mount("/blog/log", Adaptor::new().fallback(|_| "another's"));
    let hidden = |path| format!("another adaptor is mounted at the path {path:?}");
    for (page, name, shown) in [
        ("/", "blog", "/blog".to_owned()),
        ("/", "admin", "/blog/admin".to_owned()),
        ("/", "blog:home", "/blog/".to_owned()),
        ("/", "about", hidden("/blog/about")),
        ("/", "blog:admin", hidden("/admin")),
        ("/", "blog:log", hidden("/log")),
        ("/blog/", "home", "/blog/".to_owned()),
        ("/blog/", "admin", hidden("/admin")),
        ("/blog/", "log", hidden("/log")),
        ("/blog/", "blog", "/blog".to_owned()),
    ] {
        let found = get(&app, &format!("{page}?name={name}"));
        assert_eq!(found.text(), shown, "{name} at {page}");
    }
}

/// Shows what `url_for` says about the name and the id in the query.
fn linked(request: &Request<'_>) -> String {
    let query = request.query();
    let (name, id) = (query.get("name").unwrap(), query.get("id").unwrap());
    match request.url_for(name, &[("id", &id)]) {
        Ok(url) => url,
        Err(error) => error.to_string(),
    }
}

#[test]
fn a_url_never_leads_to_another_adaptor_than_its_name() {
    let new = Adaptor::new().fallback(|_| "new");
    let blog = Adaptor::new()
        .get("/", linked)
        .get("/{id}", |_| "entry")
        .name("entry", "/{id}")
        .mount("/new", new);
    let admin = Adaptor::new()
        .get("/{*id}", |_| "admin")
        .name("log", "/{*id}");
    let app = Adaptor::new()
        .get("/", linked)
        .get("/{id}/about", |_| "about")
        .name("about", "/{id}/about")
        .mount("/blog", blog)
        .name("blog", "/blog")
        .mount("/blog/admin", admin)
        .name("admin", "/blog/admin");
    let unfit = "the URL cannot have this value of the parameter \"id\"";
    for (page, name, id, url) in [
        ("/", "about", "7", "/7/about"),
        ("/", "about", "blogs", "/blogs/about"),
        ("/", "about", "blog", unfit),
        ("/", "blog:entry", "7", "/blog/7"),
        ("/", "blog:entry", "new", unfit),
        ("/", "blog:entry", "admin", unfit),
        ("/", "blog:entry", "admins", "/blog/admins"),
        ("/", "admin:log", "new/admin", "/blog/admin/new/admin"),
        ("/blog/", "entry", "7", "/blog/7"),
        ("/blog/", "entry", "new", unfit),
        ("/blog/", "entry", "admin", unfit),
        ("/blog/", "about", "blog", unfit),
        ("/blog/", "blog:entry", "admin", unfit),
        ("/blog/", "admin:log", "7", "/blog/admin/7"),
    ] {
        let shown = get(&app, &format!("{page}?name={name}&id={id}"));
        assert_eq!(shown.text(), url, "{name} with {id} at {page}");
    }
}
