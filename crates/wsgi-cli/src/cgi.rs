//! The demo site as a CGI program.

use wsgi::{
    application,
    handlers::{CgiHandler, Handler},
};

use crate::{command::Demo, demo, say, visitors};

/// Answers the request that the environment and the standard streams are.
///
/// What keeps the site from being opened is answered with 500, and logged: a front server has no
/// use for an exit code.
pub(crate) fn run(options: &Demo) {
    match visitors::open(options) {
        Ok((sessions, problem)) => {
            if let Some(error) = problem {
                say(format_args!(
                    "wsgi cgi: sessions are kept in memory: {error}"
                ));
            }
            CgiHandler::new().run(&demo::site(sessions));
        }
        Err(error) => {
            let message = error.to_string();
            CgiHandler::new().run(&application(move |_environ, _start_response| {
                Err(message.clone().into())
            }));
        }
    }
}
