//! A counter in a session of tower-sessions, as its documentation shows it.

use axum::Router;
use axum::http::StatusCode;
use axum::routing::{get, post};
use tower_sessions::session::Error;
use tower_sessions::{MemoryStore, Session, SessionManagerLayer};

async fn begin(session: Session) -> Result<String, StatusCode> {
    session.insert("n", 0).await.map_err(error)?;
    Ok("0".to_owned())
}

async fn count(session: Session) -> Result<String, StatusCode> {
    let n: u64 = session.get("n").await.map_err(error)?.unwrap_or(0) + 1;
    session.insert("n", n).await.map_err(error)?;
    Ok(n.to_string())
}

async fn kept(session: Session) -> Result<String, StatusCode> {
    let n: Option<u64> = session.get("n").await.map_err(error)?;
    Ok(n.unwrap_or(0).to_string())
}

fn error(_: Error) -> StatusCode {
    StatusCode::INTERNAL_SERVER_ERROR
}

pub(crate) fn counter() -> Router {
    // The cookies of this program go over http.
    let layer = SessionManagerLayer::new(MemoryStore::default()).with_secure(false);
    Router::new()
        .route("/begin", post(begin))
        .route("/count", post(count))
        .route("/kept", get(kept))
        .layer(layer)
}
