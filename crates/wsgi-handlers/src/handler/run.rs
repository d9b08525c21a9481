//! The run of a request, from its variables to its hooks.

use std::time::{Instant, SystemTime};

use wsgi_application::{Application, Environ, application};
use wsgi_environ::{InvalidVariable, Outcome};
use wsgi_gateway::{Exchange, Rules, run_hooks};

use crate::handler::{Handler, response::Response};

pub(crate) fn run(handler: &mut (impl Handler + ?Sized), application: &dyn Application) -> Outcome {
    let (started, since) = (SystemTime::now(), Instant::now());
    let mut environ = Environ::new();
    let request = set_up(handler, &mut environ);
    let engine = handler.engine();
    let rules = Rules {
        head_only: environ.request_method() == "HEAD",
        chunked: false,
    };
    environ.share_deadline();
    let mut exchange = Exchange::new();
    let mut response = Response::new(handler, &environ);
    let delivery = match request {
        Ok(()) => engine.respond(
            application,
            &mut environ,
            rules,
            &mut exchange,
            &mut response,
        ),
        // No code failed, so the backtrace is of no use.
        Err(invalid) => engine.max_backtrace_lines(Some(0)).respond(
            &refusing(invalid),
            &mut environ,
            rules,
            &mut exchange,
            &mut response,
        ),
    };
    let (status, end) = (delivery.status_code(&exchange), delivery.end());
    let end = end.and(response.finish(delivery.rest, &environ));
    let outcome = Outcome::new(end, started, since.elapsed())
        .with_status_code(status)
        .with_bytes(response.sent(), response.sent_of_body());
    run_hooks(&mut environ, &outcome);
    environ.clear(); // values of the application may panic when they are dropped
    outcome
}

/// Fills the environ (`setup_environ`).
fn set_up(
    handler: &mut (impl Handler + ?Sized),
    environ: &mut Environ,
) -> Result<(), InvalidVariable> {
    environ.set_base(&handler.base());
    environ.set_errors(handler.errors());
    handler.add_variables(environ)?;
    if let (Some(_), Some(software)) = (handler.origin_server(), handler.server_software())
        && !environ.contains("SERVER_SOFTWARE")
    {
        environ.set("SERVER_SOFTWARE", software);
    }
    let input = handler.input(environ);
    environ.set_input(input);
    Ok(())
}

/// An application that fails because the variables are not a request.
fn refusing(invalid: InvalidVariable) -> impl Application {
    application(move |_environ, _start_response| Err(invalid.into()))
}
