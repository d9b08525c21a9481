//! hyper as the server, by way of a tower service.

use std::{convert::Infallible, net::SocketAddr, net::TcpStream};

use hyper::{
    Request as HttpRequest, Response as HttpResponse, body::Incoming, ext::ReasonPhrase,
    server::conn::http1, service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::{
    net::TcpListener,
    runtime::{Builder, Runtime},
};
use tower::Service;
use wsgi::Status;
use wsgi::environ::{Base, Errors, ErrorsBuffer};
use wsgi::tower::{ApplicationService, Pool, ResponseBody};
use wsgi_tests::{Gateway, Notes, PATIENCE, Request, Response, Run, exchange, run, site};

#[test]
fn every_case_holds_over_hyper() {
    let hyper = Hyper::start();
    run(&hyper);
    assert!(hyper.pool.shutdown(PATIENCE), "{:?}", hyper.pool);
}

struct Hyper {
    address: SocketAddr,
    log: ErrorsBuffer,
    pool: Pool,
    runtime: Option<Runtime>,
}

impl Hyper {
    fn start() -> Self {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_io()
            .build()
            .unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        let (errors, log) = Errors::buffer();
        let pool = Pool::new(8);
        let base = Base::new()
            .variable("SERVER_NAME", "127.0.0.1")
            .variable("SERVER_PORT", address.port().to_string())
            .multithread(true)
            .errors(errors);
        let service = ApplicationService::builder(site())
            .pool(&pool)
            .base(base)
            .build();
        runtime.spawn(serve(listener, service));
        Hyper {
            address,
            log,
            pool,
            runtime: Some(runtime),
        }
    }
}

/// Serves each connection.
async fn serve(listener: TcpListener, service: ApplicationService) {
    while let Ok((stream, peer)) = listener.accept().await {
        let service = service.clone();
        let answer = service_fn(move |request| answer(service.clone(), peer, request));
        let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), answer);
        tokio::spawn(connection);
    }
}

/// Answers a request, with a reason of the application's own.
async fn answer(
    mut service: ApplicationService,
    peer: SocketAddr,
    mut request: HttpRequest<Incoming>,
) -> Result<HttpResponse<ResponseBody>, Infallible> {
    request.extensions_mut().insert(peer);
    let mut response = service.call(request).await?;
    if let Some(status) = response.extensions().get::<Status>()
        && let Ok(reason) = ReasonPhrase::try_from(status.reason().as_bytes())
    {
        response.extensions_mut().insert(reason);
    }
    Ok(response)
}

impl Run for Hyper {
    fn gateway(&self) -> Gateway {
        Gateway::hyper()
    }

    fn exchange(&self, request: &Request, notes: &Notes) -> Result<Response, String> {
        exchange(TcpStream::connect(self.address), request, notes)
    }

    fn logs(&self) -> [String; 2] {
        [self.log.to_string(), String::new()]
    }
}

impl Drop for Hyper {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
