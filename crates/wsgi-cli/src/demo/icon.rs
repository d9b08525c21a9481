//! `/favicon.ico`: the picture of the site. Browsers ask for it when they show something that does
//! not link to one, such as a file.

use wsgi::{Request, Response};

/// The picture to which the pages link.
const PICTURE: &str = include_str!("files/pictures/gateway.svg");

pub(super) fn icon(_request: &Request<'_>) -> Response {
    Response::content("image/svg+xml", PICTURE).with_header("Cache-Control", "max-age=3600")
}

#[cfg(test)]
mod tests {
    use wsgi::testing::Request;

    use crate::demo::in_memory;

    #[test]
    fn a_browser_that_asks_for_an_icon_gets_the_picture_of_the_pages() {
        let site = in_memory();
        let [icon, picture] = ["/favicon.ico", "/files/pictures/gateway.svg"].map(|path| {
            let response = Request::get(path).call(&site);
            let media_type = response.headers().get("Content-Type").unwrap();
            (media_type.to_string(), response.text().to_owned())
        });
        assert_eq!(icon, picture);
    }
}
