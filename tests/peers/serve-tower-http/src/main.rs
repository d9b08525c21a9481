//! The files of the folder that the variable `FOLDER` names, by tower-http 0.7 on axum 0.8.

use std::io;

use axum::Router;
use axum::serve::ListenerExt;
use options::{Options, folder};
use tokio::net::TcpListener;
use tokio::runtime;
use tower_http::services::ServeDir;

async fn serve(options: Options) -> io::Result<()> {
    let listener = TcpListener::bind(options.bind).await?;
    options::listening_on(listener.local_addr()?);
    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    let files = ServeDir::new(folder()?)
        .precompressed_br()
        .precompressed_gzip();
    axum::serve(listener, Router::new().fallback_service(files)).await
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
