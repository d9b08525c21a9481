//! Sessions of the layer in applications, and the other way round.

use axum::{Extension, Router, routing::get};
use wsgi_application::{Status, application};
use wsgi_middleware::SessionMiddleware;
use wsgi_sessions::{MemoryStore, Session, Sessions};
use wsgi_testing::Request;
use wsgi_tower::{ApplicationService, ServiceApplication};

use crate::site::{call, cookie, layer};

#[test]
fn an_application_has_the_session_of_the_layer() {
    let app = application(|environ, start_response| {
        let session = environ.extension::<Session>().ok_or("no session")?;
        let visits = session.update("visits", |n: Option<u64>| n.unwrap_or(0) + 1)?;
        start_response.start(Status::OK, ())?;
        Ok(visits.to_string().into())
    });
    let router = Router::new()
        .nest_service("/app", ApplicationService::new(app))
        .layer(layer());
    let (_, headers, body) = call(&router, "/app/", "");
    assert_eq!(body, "1");
    assert_eq!(call(&router, "/app/", &cookie(&headers)).2, "2");
}

#[test]
fn a_service_has_the_session_of_the_middleware() {
    let router = Router::new().route(
        "/",
        get(async |Extension(session): Extension<Session>| {
            session.insert("seen", true).unwrap();
            "seen"
        }),
    );
    let sessions = Sessions::new(MemoryStore::new());
    let app = SessionMiddleware::new(ServiceApplication::new(router), sessions);
    let response = Request::get("/").call(&app);
    assert_eq!(response.text(), "seen");
    assert!(response.headers().contains("Set-Cookie"));
}
