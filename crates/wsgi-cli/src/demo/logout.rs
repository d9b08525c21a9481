//! `/logout`: ends the session.

use wsgi::{Request, Response, Result};

/// Ends the visitor's session, at once and for good, and shows the index.
pub(super) fn logout(request: &Request<'_>) -> Result<Response> {
    request.session()?.end()?;
    Ok(Response::redirect(&request.link("/")))
}

#[cfg(test)]
mod tests {
    use wsgi::{Status, testing::Request};

    use crate::demo::in_memory;

    #[test]
    fn a_visitor_who_has_left_is_a_new_one() {
        let site = in_memory();
        let first = Request::get("/visits").call(&site);
        let cookie = first
            .headers()
            .get("Set-Cookie")
            .expect("a cookie")
            .to_string();
        let cookie = cookie.split(';').next().unwrap_or_default();

        let response = Request::post("/logout")
            .header("Cookie", cookie)
            .call(&site);
        assert_eq!(response.status(), &Status::SEE_OTHER);
        assert_eq!(response.headers().get("Location").unwrap(), "/");
        let removal = response
            .headers()
            .get("Set-Cookie")
            .expect("a removal")
            .to_string();
        assert!(removal.contains("Max-Age=0"), "{removal}");

        let response = Request::get("/visits").header("Cookie", cookie).call(&site);
        assert!(
            !response.text().contains("Visits: 2"),
            "{}",
            response.text()
        );
    }

    #[test]
    fn nobody_is_logged_out_by_a_link() {
        let response = Request::get("/logout").call(&in_memory());
        assert_eq!(response.status(), &Status::METHOD_NOT_ALLOWED);
        assert_eq!(response.headers().get("Allow").unwrap(), "POST, OPTIONS");
    }
}
