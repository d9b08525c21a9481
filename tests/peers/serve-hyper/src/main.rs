//! Hello world on hyper 1, after the body of the request: its plain HTTP/1 server on tokio's
//! multi-threaded runtime.

use std::io;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use options::{HELLO, Options};
use tokio::net::TcpListener;
use tokio::runtime;

async fn hello(request: Request<Incoming>) -> hyper::Result<Response<Full<Bytes>>> {
    let mut body = request.into_body();
    while !body.is_end_stream()
        && let Some(frame) = body.frame().await
    {
        frame?;
    }
    let mut response = Response::new(Full::new(Bytes::from_static(HELLO.as_bytes())));
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    Ok(response)
}

async fn serve(options: Options) -> io::Result<()> {
    let listener = TcpListener::bind(options.bind).await?;
    options::listening_on(listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        tokio::spawn(
            http1::Builder::new()
                .pipeline_flush(true)
                .serve_connection(TokioIo::new(stream), service_fn(hello)),
        );
    }
}

fn main() -> io::Result<()> {
    let options = Options::from_args();
    runtime::Builder::new_multi_thread()
        .worker_threads(options.threads)
        .enable_io()
        .build()?
        .block_on(async { tokio::spawn(serve(options)).await? })
}
