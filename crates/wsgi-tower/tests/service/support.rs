//! What the tests share.

use std::{sync::mpsc, thread};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Empty};
use tower_service::Service;
use wsgi_application::{Application, Status, application};
use wsgi_environ::{Base, Errors, ErrorsBuffer, Outcome};
use wsgi_tower::{ApplicationService, Pool, ResponseBody};

pub(crate) use crate::park::PATIENCE;
use crate::park::park;

pub(crate) fn get(service: &mut ApplicationService) -> Response<ResponseBody> {
    let request = Request::get("/").body(Empty::<Bytes>::new()).unwrap();
    call(service, request)
}

pub(crate) fn call<B>(
    service: &mut ApplicationService,
    request: Request<B>,
) -> Response<ResponseBody>
where
    B: http_body::Body + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    park(service.call(request)).unwrap()
}

pub(crate) fn collect(body: ResponseBody) -> Bytes {
    park(body.collect()).unwrap().to_bytes()
}

/// A service whose errors stream is a buffer.
pub(crate) fn logged(
    app: impl Application + 'static,
    pool: &Pool,
) -> (ApplicationService, ErrorsBuffer) {
    let (errors, log) = Errors::buffer();
    let base = Base::new().errors(errors).multithread(true);
    let service = ApplicationService::builder(app)
        .pool(pool)
        .base(base)
        .build();
    (service, log)
}

/// An application that notes the outcomes of its requests.
pub(crate) fn noting(
    app: impl Application + 'static,
) -> (
    impl Application + 'static,
    mpsc::Receiver<(Outcome, String)>,
) {
    let (sender, receiver) = mpsc::channel();
    let app = application(move |environ, start_response| {
        let sender = sender.clone();
        environ.on_finished(move |_, outcome| {
            let name = thread::current().name().unwrap_or_default().to_owned();
            let _ = sender.send((*outcome, name)); // the test may not wait for it
        });
        app.call(environ, start_response)
    });
    (app, receiver)
}

pub(crate) fn text(body: &'static str) -> impl Application {
    application(move |_environ, start_response| {
        start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
        Ok(body.into())
    })
}
