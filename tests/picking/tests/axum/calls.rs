//! Calls of a router without a socket.

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Request, StatusCode},
};
use tower::ServiceExt;

/// The status, the fields and the body of the response to a GET request with one field.
pub(crate) fn get(
    app: &Router,
    path: &str,
    field: (&str, &str),
) -> (StatusCode, HeaderMap, String) {
    let request = Request::get(path).header(field.0, field.1);
    let request = request.body(Body::empty()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(async {
        let response = app.clone().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        let body = to_bytes(body, 1 << 20).await.unwrap();
        (
            head.status,
            head.headers,
            String::from_utf8(body.to_vec()).unwrap(),
        )
    })
}
