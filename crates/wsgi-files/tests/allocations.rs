//! Conditions on the thread of a warm request: one that has none costs nothing.
#![cfg(feature = "application")]

use wsgi_allocations::of_this_thread;
use wsgi_application::{Application, Body, Environ, Exchange, StartResponse, Status, application};
use wsgi_files::Conditional;

/// The allocations of a warm request.
fn allocations(app: &impl Application, field: Option<(&'static str, &str)>) -> usize {
    let (mut environ, mut exchange) = (Environ::new(), Exchange::new());
    let mut request = || {
        environ.clear();
        environ.set("REQUEST_METHOD", "GET");
        if let Some((name, value)) = field {
            environ.set(name, value);
        }
        exchange.clear();
        let mut sent = Vec::new();
        let mut start_response = StartResponse::new(&mut exchange, &mut sent);
        let result = app.call(&mut environ, &mut start_response);
        assert!(result.is_ok_and(|body| body.is_empty()));
    };
    (0..3).for_each(|_| request());
    let before = of_this_thread();
    request();
    of_this_thread() - before
}

#[test]
fn a_request_without_a_condition_allocates_nothing() {
    let page = application(|_environ, start_response| {
        start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
        Ok(Body::empty())
    });
    assert_eq!(allocations(&page, None), 0);
    let conditional = Conditional::new(page);
    assert_eq!(allocations(&conditional, None), 0);
    let condition = Some(("HTTP_IF_NONE_MATCH", "\"a\""));
    assert!(allocations(&conditional, condition) > 0, "the count works");
}
