//! The names at the root, with any features.

use wsgi::{Application, Body, Environ, StartResponse, Status, application};

fn hello(_environ: &mut Environ, start_response: &mut StartResponse<'_>) -> wsgi::Result {
    start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
    Ok("Hello world!\n".into())
}

#[test]
fn the_contract_is_at_the_root() {
    fn is_application(_: impl Application) {}
    is_application(hello);
    is_application(application(|_environ, start_response| {
        start_response.start(Status::NO_CONTENT, ())?;
        Ok(Body::empty())
    }));
}

#[test]
fn the_rest_of_the_contract_is_in_its_module() {
    assert_eq!(application::MAX_GATHERED_BYTES, 64 * 1024);
}
