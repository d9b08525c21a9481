//! `/visits`: counts each visitor's visits.

use serde_json::json;
use wsgi::{Request, Response, Result};

use super::page::Shown;

/// Counts a visit and shows the number. Visits at the same time all count.
pub(super) fn visits(request: &Request<'_>) -> Result<Response> {
    let session = request.session()?;
    let visits = session.update("visits", |n: Option<u64>| n.unwrap_or(0) + 1)?;
    let content = format!(
        "<p>Visits: {visits}</p>\n\
        <p><a href=\"visits\">Come again</a></p>\n\
        <form action=\"logout\" method=\"post\"><button>Start again</button></form>\n"
    );
    let shown = Shown {
        title: "Your visits",
        html: &content,
        text: &format!("Visits: {visits}\n"),
    };
    Ok(shown.answer(request, Some(json!({ "visits": visits }))))
}

#[cfg(test)]
mod tests {
    use wsgi::{
        cookies::{Key, Keyring},
        sessions::{MemoryStore, Sessions, Store},
        testing::{Request, Response},
    };

    use crate::demo::{blog::VisitorsBlog, in_memory, site};

    fn cookie(response: &Response) -> String {
        let field = response.headers().get("Set-Cookie").expect("a cookie");
        let field = field.to_string();
        field.split(';').next().unwrap_or_default().to_owned()
    }

    #[track_caller]
    fn check(response: &Response, visits: u64) {
        assert_eq!(response.text(), format!("Visits: {visits}\n"));
    }

    #[test]
    fn each_visitor_has_a_count_of_their_own() {
        let site = in_memory();
        let first = Request::get("/visits").call(&site);
        check(&first, 1);
        let again = || Request::get("/visits").header("Cookie", cookie(&first));
        check(&again().call(&site), 2);
        check(&again().call(&site), 3);
        check(&Request::get("/visits").call(&site), 1);
    }

    #[test]
    fn a_changed_or_foreign_cookie_makes_a_new_visitor() {
        fn signed(store: impl Store + 'static) -> Sessions {
            let keyring = Keyring::new(Key::generate().expect("a key"));
            let sessions = Sessions::builder(store).signed(keyring);
            sessions.build().expect("sessions")
        }
        let store = std::sync::Arc::new(MemoryStore::new());
        let ours = site(signed(store.clone()), VisitorsBlog::passing());
        let foreign = site(signed(store), VisitorsBlog::passing());

        let good = cookie(&Request::get("/visits").call(&ours));
        let foreign = cookie(&Request::get("/visits").call(&foreign));
        let moved = good.replacen("session=", "visits=", 1);
        let cut = &good[..good.len() - 1];
        let mut changed = good.clone().into_bytes();
        changed[20] ^= 1;
        let changed = String::from_utf8_lossy(&changed).into_owned();
        for bad in [&foreign, &moved, cut, &changed, "session=", "session=x"] {
            let response = Request::get("/visits").header("Cookie", bad).call(&ours);
            check(&response, 1);
            assert_ne!(cookie(&response), *bad);
            assert_eq!(response.errors(), "");
        }
        check(
            &Request::get("/visits").header("Cookie", good).call(&ours),
            2,
        );
    }
}
