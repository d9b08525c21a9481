//! The demo site as a CGI program.

use std::env;

use wsgi::{
    Environ, Result, StartResponse, Status, application,
    handlers::{CgiHandler, Handler},
    middleware::RequestId,
};

use crate::{
    command::Visitors,
    demo::{self, blog::VisitorsBlog},
    say::say,
    visitors::{self, Unopened},
};

/// Answers one request, from the environment and the standard streams.
///
/// If the sessions cannot be opened, the response is an error and the reason is logged: a front
/// server has no use for an exit code. Requests that overlap take turns with the file of sessions.
pub(crate) fn run(options: &Visitors) {
    let is_set = |name: &str| env::var_os(name).is_some();
    if !is_set("REQUEST_METHOD") && !is_set("GATEWAY_INTERFACE") {
        say(format_args!(
            "wsgi cgi: a front server starts this command for each request; to try it, run \
             `REQUEST_METHOD=GET PATH_INFO=/hello wsgi cgi`"
        ));
    }
    match visitors::open_in_turn(options) {
        Ok(sessions) => {
            let site = demo::site(sessions, VisitorsBlog::new(options));
            CgiHandler::new().run(&RequestId::new(site));
        }
        Err(error @ Unopened::InUse(_)) => {
            say(format_args!("wsgi cgi: {error}"));
            CgiHandler::new().run(&application(busy));
        }
        Err(error) => {
            let message = error.to_string();
            CgiHandler::new().run(&application(move |_environ, _start_response| {
                Err(message.clone().into())
            }));
        }
    }
}

fn busy(_environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    let fields = [
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Cache-Control", "no-store"),
        ("Retry-After", "5"),
    ];
    start_response.start(Status::SERVICE_UNAVAILABLE, fields)?;
    Ok("503 Service Unavailable\n".into())
}
