//! Hello world on axum 0.8.

use std::io;

use axum::Router;
use axum::routing::get;
use axum::serve::ListenerExt;
use options::{HELLO, Options};
use tokio::net::TcpListener;
use tokio::runtime;

async fn serve(options: Options) -> io::Result<()> {
    let listener = TcpListener::bind(options.bind).await?;
    options::listening_on(listener.local_addr()?);
    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    let app = Router::new().route("/hello", get(|| async { HELLO }));
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
