//! Hello world on axum 0.8, and at `/upload` after the body of the request.

use std::io;

use axum::Router;
use axum::body::Body;
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::serve::ListenerExt;
use http_body_util::BodyExt;
use options::{HELLO, Options};
use tokio::net::TcpListener;
use tokio::runtime;

async fn upload(mut body: Body) -> Result<&'static str, StatusCode> {
    while let Some(frame) = body.frame().await {
        frame.map_err(|_| StatusCode::BAD_REQUEST)?;
    }
    Ok(HELLO)
}

async fn serve(options: Options) -> io::Result<()> {
    let listener = TcpListener::bind(options.bind).await?;
    options::listening_on(listener.local_addr()?);
    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    let app = Router::new()
        .route("/hello", get(|| async { HELLO }))
        .route("/upload", post(upload));
    axum::serve(listener, app).await
}

fn main() -> io::Result<()> {
    let options = Options::from_args();
    runtime::Builder::new_multi_thread()
        .worker_threads(options.threads)
        .enable_io()
        .enable_time()
        .build()?
        .block_on(async { tokio::spawn(serve(options)).await? })
}
