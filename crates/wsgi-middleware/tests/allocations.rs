//! Mounts allocate nothing in a warm environ.

use wsgi_allocations::of_this_thread;
use wsgi_application::{Application, Body, Environ, Exchange, StartResponse, Status, application};
use wsgi_middleware::Mounts;

#[test]
fn a_match_in_a_warm_environ_allocates_nothing() {
    let page = application(|_environ, start_response| {
        start_response.start(Status::NO_CONTENT, ())?;
        Ok(Body::empty())
    });
    let site = Mounts::new()
        .mount("/a", page)
        .mount("/a/b", page)
        .mount("/", page);
    let (mut environ, mut exchange) = (Environ::new(), Exchange::new());
    let mut request = || {
        environ.clear();
        environ.set("SCRIPT_NAME", "");
        environ.set("PATH_INFO", "/a/b/and/so/on");
        exchange.clear();
        let mut sent = Vec::new();
        let mut start_response = StartResponse::new(&mut exchange, &mut sent);
        let result = site.call(&mut environ, &mut start_response);
        assert!(result.is_ok_and(|body| body.is_empty()));
    };
    request();
    let before = of_this_thread();
    request();
    assert_eq!(of_this_thread() - before, 0);
}
