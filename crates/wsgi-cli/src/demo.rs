//! The demo site: a page for each thing that the contract can do.

use wsgi::Mounts;

mod echo;
mod environ;
mod hello;
mod index;
mod page;

use page::Page;

/// The whole site.
pub(crate) fn site() -> Mounts {
    Mounts::new()
        .mount("/", Page(index::index))
        .mount("/hello", Page(hello::hello))
        .mount("/environ", environ::environ)
        .mount("/echo", Page(echo::echo))
}

#[cfg(test)]
mod tests {
    use wsgi::{Status, testing::Request};

    use super::site;

    #[test]
    fn the_index_links_to_pages_that_exist() {
        let index = Request::get("/").call(&site());
        let links: Vec<_> = index
            .text()
            .split("href=\"")
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
            .collect();
        for page in ["/hello", "/environ", "/echo"] {
            assert!(links.contains(&page), "{page} in {links:?}");
        }
        for link in links {
            assert_eq!(
                Request::get(link).call(&site()).status(),
                &Status::OK,
                "{link}"
            );
        }
    }

    #[test]
    fn paths_without_a_page_are_not_found() {
        for path in [
            "/nothing",
            "/hello/you",
            "/hellos",
            "/echo/x",
            "/index.html",
            "//",
        ] {
            let response = Request::get(path).call(&site());
            assert_eq!(response.status(), &Status::NOT_FOUND, "{path}");
        }
    }
}
