//! Sessions of the layer in applications, and the other way round.

use std::{
    future::poll_fn,
    pin::Pin,
    sync::{Arc, mpsc},
    task::{Context, Waker},
};

use axum::{
    Extension, Router,
    body::Body,
    middleware::{Next, from_fn},
    routing::get,
};
use http::Request;
use http_body_util::BodyExt;
use tower::{Layer, Service, ServiceExt};
use wsgi_application::{Application, Exchange, StartResponse, Status, application};
use wsgi_middleware::SessionMiddleware;
use wsgi_sessions::{MemoryStore, Session, Sessions};
use wsgi_tower::{ApplicationService, Pool, ServiceApplication, SessionLayer};

use crate::park::park;
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
fn an_application_that_has_the_sessions_of_the_layer_itself_uses_its_session() {
    let sessions = Sessions::new(MemoryStore::new());
    let app = application(|environ, start_response| {
        let session = environ.extension::<Session>().ok_or("no session")?;
        if environ.path_info().as_bytes() == b"/" {
            session.login("ada")?;
        } else {
            // Another request has renewed the session.
            session.update("visits", |n: Option<u64>| n.unwrap_or(0) + 1)?;
        }
        start_response.start(Status::OK, ())?;
        Ok(session.keys()?.join(" ").into())
    });
    let app = SessionMiddleware::new(app, sessions.clone());
    let router = Router::new()
        .nest_service("/app", ApplicationService::new(app))
        .layer(from_fn(
            async |Extension(session): Extension<Session>, request, next: Next| {
                session.insert("seen", true).unwrap();
                next.run(request).await
            },
        ))
        .layer(SessionLayer::new(sessions));
    let (_, headers, body) = call(&router, "/app/", "");
    assert_eq!(body, "seen");
    assert_eq!(headers.get_all("set-cookie").iter().count(), 1);
    let old = cookie(&headers);
    let (status, headers, body) = call(&router, "/app/", &old);
    assert_eq!((status.as_u16(), &*body), (200, "seen"));
    assert_ne!(cookie(&headers), old);
    let (status, headers, body) = call(&router, "/app/visits", &old);
    assert_eq!(status, 409, "{body}");
    assert_eq!(headers["retry-after"], "1");
}

#[test]
fn a_session_that_is_loaded_holds_no_thread_of_the_application() {
    let app = application(|environ, start_response| {
        let session = environ.extension::<Session>().ok_or("no session")?;
        let visits = session.update("visits", |n: Option<u64>| n.unwrap_or(0) + 1)?;
        start_response.start(Status::OK, ())?;
        Ok(visits.to_string().into())
    });
    let layer = layer().threads(1);
    let app = ApplicationService::builder(app).pool(&Pool::new(1)).build();
    let mut service = layer.layer(app);
    let mut other = service.clone();
    let mut context = Context::from_waker(Waker::noop());
    let request = |cookie: &str| {
        let request = Request::get("/").header("Cookie", cookie);
        request.body(Body::empty()).unwrap()
    };
    let headers = park(service.clone().oneshot(request("")))
        .unwrap()
        .headers()
        .clone();

    let (go, gone) = mpsc::channel::<()>();
    let mut hanging = layer.pool().run(move || gone.recv());
    assert!(Pin::new(&mut hanging).poll(&mut context).is_pending());
    let waiting = poll_fn(|context| Service::<Request<Body>>::poll_ready(&mut service, context));
    park(waiting).unwrap();
    let mut visit = service.call(request(&cookie(&headers)));
    assert!(Pin::new(&mut visit).poll(&mut context).is_pending());
    assert!(
        Service::<Request<Body>>::poll_ready(&mut other, &mut context).is_ready(),
        "the only thread is free while the session is loaded"
    );
    drop(other);
    go.send(()).unwrap();
    let body = park(visit).unwrap().into_body();
    assert_eq!(park(body.collect()).unwrap().to_bytes(), "2");
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
    let response = wsgi_testing::Request::get("/").call(&app);
    assert_eq!(response.text(), "seen");
    assert!(response.headers().contains("Set-Cookie"));
}

/// A page that logs a visitor in, and shows the keys of the session.
async fn login(Extension(session): Extension<Session>) -> String {
    session.insert("seen", true).unwrap();
    session.login("ada").unwrap();
    session.keys().unwrap().join(" ")
}

fn others() -> Sessions {
    let builder = Sessions::builder(MemoryStore::new()).cookie_name("admin");
    builder.build().unwrap()
}

#[test]
fn a_layer_inside_one_with_the_same_sessions_uses_its_session() {
    let sessions = Sessions::new(MemoryStore::new());
    let cart = async |Extension(session): Extension<Session>, request, next: Next| {
        session.insert("cart", 7).unwrap();
        next.run(request).await
    };
    let inner = Router::new()
        .route("/", get(login))
        .layer(SessionLayer::new(sessions.clone()));
    let near = inner.clone().layer(from_fn(cart));
    let far = inner
        .layer(SessionLayer::new(others()))
        .layer(from_fn(cart));
    for router in [near, far] {
        let router = router.layer(SessionLayer::new(sessions.clone()));
        let (_, headers, body) = call(&router, "/", "");
        assert_eq!(body, "cart seen");
        assert_eq!(headers.get_all("set-cookie").iter().count(), 1);
        let old = cookie(&headers);
        let (status, headers, body) = call(&router, "/", &old);
        assert_eq!((status.as_u16(), &*body), (200, "cart seen"));
        assert_ne!(cookie(&headers), old);
    }
}

#[test]
fn a_layer_inside_middleware_with_the_same_sessions_uses_its_session() {
    let sessions = Sessions::new(MemoryStore::new());
    let layer = SessionLayer::new(sessions.clone());
    let service = ServiceApplication::new(Router::new().route("/", get(login)).layer(layer));
    let near = service.clone();
    let far = SessionMiddleware::new(service, others());
    let near: Box<dyn Application> = Box::new(near);
    for inner in [near, Box::new(far)] {
        let around = application(move |environ, start_response| {
            let session = environ.extension::<Session>().ok_or("no session")?;
            session.insert("cart", 7)?;
            inner.call(environ, start_response)
        });
        let app = SessionMiddleware::new(around, sessions.clone());
        let request = || wsgi_testing::Request::get("/");
        let first = request().call(&app);
        assert_eq!(first.text(), "cart seen");
        assert_eq!(first.headers().get_all("Set-Cookie").count(), 1);
        let field = first.headers().get("Set-Cookie").unwrap().to_string();
        let old = field.split(';').next().unwrap();
        let second = request().header("Cookie", old).call(&app);
        assert_eq!((second.status(), second.text()), (&Status::OK, "cart seen"));
        assert_eq!(second.headers().get_all("Set-Cookie").count(), 1);
    }
}

#[test]
fn a_layer_does_not_use_the_session_of_a_call_that_has_ended() {
    let sessions = Sessions::new(MemoryStore::new());
    let layer = SessionLayer::new(sessions.clone());
    let service = ServiceApplication::new(Router::new().route("/", get(login)).layer(layer));
    let passes = application(|_environ, start_response| {
        start_response.start(Status::NOT_FOUND, ())?;
        Ok("".into())
    });
    let first = SessionMiddleware::new(passes, sessions);
    let site = application(move |environ, start_response| {
        let (mut exchange, mut sent) = (Exchange::new(), Vec::new());
        first.call(environ, &mut StartResponse::new(&mut exchange, &mut sent))?;
        service.call(environ, start_response)
    });
    let response = wsgi_testing::Request::get("/").call(&site);
    assert_eq!(response.text(), "seen");
    assert!(response.headers().contains("Set-Cookie"), "it is saved");
}

/// An application that has sessions itself, and whose page logs a visitor in and shows the keys.
fn application_with(sessions: &Sessions) -> impl Application + Clone + use<> {
    let page = application(|environ, start_response| {
        let session = environ.extension::<Session>().ok_or("no session")?;
        session.insert("seen", true)?;
        session.login("ada")?;
        start_response.start(Status::OK, ())?;
        Ok(session.keys()?.join(" ").into())
    });
    Arc::new(SessionMiddleware::new(page, sessions.clone()))
}

#[test]
fn an_application_uses_the_session_of_a_layer_behind_other_sessions() {
    let sessions = Sessions::new(MemoryStore::new());
    let cart = async |Extension(session): Extension<Session>, request, next: Next| {
        session.insert("cart", 7).unwrap();
        next.run(request).await
    };
    let app = application_with(&sessions);
    let layered = ServiceApplication::new(
        Router::new()
            .route("/", get(login))
            .layer(SessionLayer::new(sessions.clone())),
    );
    let near = Router::new().fallback_service(ApplicationService::new(app));
    let far = Router::new().fallback_service(ApplicationService::new(layered));
    for inner in [near, far] {
        let router = inner
            .layer(SessionLayer::new(others()))
            .layer(from_fn(cart))
            .layer(SessionLayer::new(sessions.clone()));
        let (_, headers, body) = call(&router, "/", "");
        assert_eq!(body, "cart seen");
        assert_eq!(headers.get_all("set-cookie").iter().count(), 1);
        let old = cookie(&headers);
        let (status, headers, body) = call(&router, "/", &old);
        assert_eq!((status.as_u16(), &*body), (200, "cart seen"));
        assert_ne!(cookie(&headers), old);
    }
}

#[test]
fn a_call_in_an_application_leaves_it_the_session_of_the_innermost_layer() {
    let (sessions, others) = (Sessions::new(MemoryStore::new()), others());
    let inner = application_with(&others);
    let around = application(move |environ, start_response| {
        let (mut exchange, mut sent) = (Exchange::new(), Vec::new());
        inner.call(environ, &mut StartResponse::new(&mut exchange, &mut sent))?;
        let session = environ.extension::<Session>().ok_or("no session")?;
        session.insert("after", true)?;
        start_response.start(Status::OK, ())?;
        Ok(session.keys()?.join(" ").into())
    });
    let router = Router::new()
        .fallback_service(ApplicationService::new(around))
        .layer(SessionLayer::new(sessions.clone()))
        .layer(SessionLayer::new(others))
        .layer(SessionLayer::new(sessions));
    assert_eq!(call(&router, "/", "").2, "after");
}

#[test]
fn an_application_does_not_use_the_session_of_a_call_that_has_ended() {
    let sessions = Sessions::new(MemoryStore::new());
    let app = application_with(&sessions);
    let first = application(|environ, start_response| {
        let session = environ.extension::<Session>().ok_or("no session")?;
        session.insert("first", true)?;
        start_response.start(Status::NOT_FOUND, ())?;
        Ok("".into())
    });
    let first = SessionMiddleware::new(first, sessions);
    let service = ServiceApplication::new(ApplicationService::new(app));
    let site = application(move |environ, start_response| {
        let (mut exchange, mut sent) = (Exchange::new(), Vec::new());
        first.call(environ, &mut StartResponse::new(&mut exchange, &mut sent))?;
        service.call(environ, start_response)
    });
    let response = wsgi_testing::Request::get("/").call(&site);
    assert_eq!((response.status(), response.text()), (&Status::OK, "seen"));
    assert!(response.headers().contains("Set-Cookie"), "it is saved");
}
