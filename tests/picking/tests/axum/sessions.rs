//! Sessions whose store is called on a thread for blocking work.

use crate::calls::get;

use axum::{Router, extract::State, http::HeaderMap, http::HeaderValue, http::header, routing};
use axum::{http::StatusCode, response::Result};
use std::time::SystemTime;
use tokio::task::spawn_blocking;
use wsgi_sessions::{Cookies, Error, MemoryStore, Scheme, Sessions};

/// Counts the visits of a browser.
async fn visits(
    State(sessions): State<Sessions>,
    request: HeaderMap,
) -> Result<(HeaderMap, String)> {
    // A store may wait for a disk or a network.
    let counted = spawn_blocking(move || count(&sessions, &request)).await;
    let answer = counted.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    Ok(answer.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?)
}

fn count(sessions: &Sessions, request: &HeaderMap) -> Result<(HeaderMap, String), Error> {
    let cookies: Cookies<'_> = request.get_all(header::COOKIE).iter().collect();
    let session = sessions.open(&cookies, Scheme::Http, SystemTime::now());
    let visits = session.update("visits", |n: Option<u64>| n.unwrap_or(0) + 1)?;
    let mut fields = HeaderMap::new();
    if let Some(cookie) = session.finish(SystemTime::now())? {
        fields.insert(header::SET_COOKIE, HeaderValue::try_from(cookie)?);
    }
    Ok((fields, format!("Visits: {visits}\n")))
}

fn app() -> Router {
    let sessions = Sessions::new(MemoryStore::new());
    Router::new()
        .route("/", routing::get(visits))
        .with_state(sessions)
}

#[test]
fn a_browser_is_known_again() {
    let app = app();
    let (_, fields, body) = get(&app, "/", ("Accept", "*/*"));
    assert_eq!(body, "Visits: 1\n");
    let cookie = fields["Set-Cookie"].to_str().unwrap();
    let sent_back = cookie.split(';').next().unwrap();
    assert_eq!(get(&app, "/", ("Cookie", sent_back)).2, "Visits: 2\n");
    assert_eq!(get(&app, "/", ("Accept", "*/*")).2, "Visits: 1\n");
}
