//! `/logout`: ends sessions.

use std::time::SystemTime;

use wsgi::{Request, Response, Result, sessions::Sessions};

/// Ends the visitor's session for good, and shows the index.
pub(super) fn logout(request: &Request<'_>) -> Result<Response> {
    request.session()?.end()?;
    Ok(Response::redirect(&request.link("/")))
}

/// Ends every session of the user, this one last.
pub(super) fn everywhere(sessions: &Sessions, request: &Request<'_>) -> Result<Response> {
    let session = request.session()?;
    if let Some(owner) = session.owner()? {
        sessions.end_all(&owner, SystemTime::now())?;
    }
    session.end()?;
    Ok(Response::redirect(&request.link("/")))
}

/// Ends another session of the user.
pub(super) fn one(sessions: &Sessions, request: &Request<'_>) -> Result<Response> {
    let handle = request.field("handle")?.and_then(|text| text.parse().ok());
    if let (Some(owner), Some(handle)) = (request.session()?.owner()?, handle) {
        sessions.end(&owner, handle, SystemTime::now())?;
    }
    Ok(Response::redirect(&request.link("/login")))
}

#[cfg(test)]
mod tests {
    use wsgi::{Status, testing::Request};

    use crate::demo::{in_memory, visitor::Visitor};

    const RIGHT: &[(&str, &str)] = &[("user", "demo"), ("password", "demo")];

    #[test]
    fn after_logging_out_a_visitor_is_a_new_one() {
        let site = in_memory();
        let mut visitor = Visitor::of(&site);
        visitor.get("/visits");
        let old = visitor.cookie().to_owned();
        let response = Request::post("/logout").header("Cookie", &old).call(&site);
        assert_eq!(response.status(), &Status::SEE_OTHER);
        assert_eq!(response.headers().get("Location").unwrap(), "/");
        let removal = response.headers().get("Set-Cookie").expect("a removal");
        assert!(removal.to_string().contains("Max-Age=0"), "{removal}");

        let page = visitor.get("/visits");
        assert!(page.contains("<p>Visits: 1</p>"), "{page}");
        assert_ne!(visitor.cookie(), old, "a new id");
    }

    #[test]
    fn logging_out_everywhere_ends_only_the_sessions_of_the_user() {
        let site = in_memory();
        let [mut here, mut there, mut guest] = [(); 3].map(|()| Visitor::of(&site));
        guest.get("/visits");
        for visitor in [&mut here, &mut there] {
            visitor.post("/login", RIGHT);
        }
        assert_eq!(here.post("/logout/everywhere", &[]), 303);
        for visitor in [&mut here, &mut there] {
            assert!(!visitor.get("/login").contains("Signed in"));
        }
        assert!(guest.get("/visits").contains("Visits: 2"));
    }

    #[test]
    fn an_unknown_handle_ends_no_session() {
        let site = in_memory();
        let mut visitor = Visitor::of(&site);
        for handle in ["", "x", "00000000000000000000000000000000"] {
            assert_eq!(visitor.post("/logout/session", &[("handle", handle)]), 303);
        }
    }

    #[test]
    fn a_get_request_logs_nobody_out() {
        for path in ["/logout", "/logout/everywhere", "/logout/session"] {
            let response = Request::get(path).call(&in_memory());
            assert_eq!(response.status(), &Status::METHOD_NOT_ALLOWED, "{path}");
            assert_eq!(response.headers().get("Allow").unwrap(), "POST, OPTIONS");
        }
    }
}
