//! A counter in a session of wsgi-sessions, by its layer.

use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Extension, Router};
use wsgi_sessions::{Error, MemoryStore, Session, Sessions};
use wsgi_tower::{Pool, SessionLayer};

async fn begin(Extension(session): Extension<Session>) -> Result<String, StatusCode> {
    session.insert("n", 0).map_err(error)?;
    Ok("0".to_owned())
}

async fn count(
    Extension(session): Extension<Session>,
    Extension(pool): Extension<Pool>,
) -> Result<String, StatusCode> {
    let update = move || session.update("n", |n: Option<u64>| n.unwrap_or(0) + 1);
    let updated = pool
        .run(update)
        .await
        .map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    updated.map(|n| n.to_string()).map_err(error)
}

async fn kept(Extension(session): Extension<Session>) -> Result<String, StatusCode> {
    let n: Option<u64> = session.get("n").map_err(error)?;
    Ok(n.unwrap_or(0).to_string())
}

fn error(_: Error) -> StatusCode {
    StatusCode::INTERNAL_SERVER_ERROR
}

pub(crate) fn counter() -> Router {
    Router::new()
        .route("/begin", post(begin))
        .route("/count", post(count))
        .route("/kept", get(kept))
        .layer(SessionLayer::new(Sessions::new(MemoryStore::new())))
}
