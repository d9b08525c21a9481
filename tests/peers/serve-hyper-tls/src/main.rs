//! Hello world on hyper 1 and tokio-rustls, with the tickets that rustls recommends.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use options::{BULK, HELLO, Options};
use tokio::net::TcpListener;
use tokio::runtime;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

static BYTES: [u8; BULK] = [b'x'; BULK];

async fn hello(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let bytes = match request.uri().path() == "/bulk" {
        true => Bytes::from_static(&BYTES),
        false => Bytes::from_static(HELLO.as_bytes()),
    };
    let mut response = Response::new(Full::new(bytes));
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    Ok(response)
}

fn acceptor(options: &Options) -> io::Result<TlsAcceptor> {
    let (certificate, key) = options.certificate()?;
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect)
        .map_err(io::Error::other)?;
    let key = PrivateKeyDer::from_pem_file(key).map_err(io::Error::other)?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
        .map_err(io::Error::other)?;
    config.ticketer = ring::Ticketer::new().map_err(io::Error::other)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

async fn serve(options: Options) -> io::Result<()> {
    let acceptor = acceptor(&options)?;
    let listener = TcpListener::bind(options.bind).await?;
    options::listening_on(listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let acceptor = acceptor.clone();
        tokio::spawn(async move {
            let Ok(stream) = acceptor.accept(stream).await else {
                return;
            };
            let connection = http1::Builder::new()
                .pipeline_flush(true)
                .serve_connection(TokioIo::new(stream), service_fn(hello));
            drop(connection.await);
        });
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
