//! A site of axum with sessions, and its client in process.

use axum::{
    Router,
    body::Body,
    extract::{Extension, FromRequestParts, Path},
    response::AppendHeaders,
    routing::get,
};
use http::{HeaderMap, HeaderValue, Request, StatusCode, request::Parts};
use http_body_util::BodyExt;
use tower::ServiceExt;
use wsgi_sessions::{MemoryStore, Session, Sessions};
use wsgi_tower::{Pool, SessionLayer};

use crate::park::park;

/// The extractor of the README: the session of a visitor, and the threads for its store.
pub(crate) struct Visitor(pub(crate) Session, pub(crate) Pool);

impl<S: Sync> FromRequestParts<S> for Visitor {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        let (session, pool) = (
            parts.extensions.get().cloned(),
            parts.extensions.get().cloned(),
        );
        let visitor = session
            .zip(pool)
            .map(|(session, pool)| Visitor(session, pool));
        visitor.ok_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

async fn count(Visitor(session, pool): Visitor) -> Result<String, StatusCode> {
    let update = move || session.update("visits", |n: Option<u64>| n.unwrap_or(0) + 1);
    let visits = pool
        .run(update)
        .await
        .map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    Ok(visits
        .map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?
        .to_string())
}

pub(crate) fn router(layer: SessionLayer) -> Router {
    Router::new()
        .route("/count", get(count).post(count))
        .route(
            "/visits",
            get(async |Extension(session): Extension<Session>| {
                session
                    .get::<u64>("visits")
                    .unwrap()
                    .unwrap_or(0)
                    .to_string()
            }),
        )
        .route(
            "/put/{key}",
            get(
                async |Path(key): Path<String>, Extension(s): Extension<Session>| {
                    s.insert(&key, 1).unwrap();
                },
            ),
        )
        .route(
            "/keys",
            get(async |Extension(session): Extension<Session>| {
                let keys = (0..1000).filter(|n| session.contains(&format!("k{n}")).unwrap());
                keys.count().to_string()
            }),
        )
        .route(
            "/public",
            get(async |Extension(session): Extension<Session>| {
                session.insert("seen", true).unwrap();
                [
                    ("Cache-Control", "public, max-age=60"),
                    ("Vary", "Accept"),
                    ("Set-Cookie", "a=1"),
                ]
            }),
        )
        .route(
            "/stale",
            get(async |Extension(session): Extension<Session>| {
                session.insert("seen", true).unwrap();
                [("Set-Cookie", "session=stale; Path=/; HttpOnly")]
            }),
        )
        .route(
            "/secret",
            get(async |Extension(session): Extension<Session>| {
                session.insert("seen", true).unwrap();
                let mut secret = HeaderValue::from_static("token=secret; Secure");
                secret.set_sensitive(true);
                AppendHeaders([
                    ("Set-Cookie", secret),
                    ("Set-Cookie", HeaderValue::from_static("a=1")),
                ])
            }),
        )
        .route("/unused", get(async || "unused"))
        .route(
            "/end",
            get(async |Visitor(session, pool): Visitor| {
                pool.run(move || session.end()).await.unwrap().unwrap();
            }),
        )
        .layer(layer)
}

pub(crate) fn call(router: &Router, path: &str, cookie: &str) -> (StatusCode, HeaderMap, String) {
    let request = Request::get(path)
        .header("Cookie", cookie)
        .body(Body::empty())
        .unwrap();
    let (head, body) = park(router.clone().oneshot(request)).unwrap().into_parts();
    let body = park(body.collect()).unwrap().to_bytes();
    (
        head.status,
        head.headers,
        String::from_utf8(body.to_vec()).unwrap(),
    )
}

pub(crate) fn cookie(headers: &HeaderMap) -> String {
    let cookie = headers["set-cookie"].to_str().unwrap();
    cookie.split(';').next().unwrap().to_owned()
}

pub(crate) fn layer() -> SessionLayer {
    SessionLayer::new(Sessions::new(MemoryStore::new()))
}
