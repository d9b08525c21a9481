//! The suite's applications as a CGI program.

#![forbid(unsafe_code)]

use std::process::ExitCode;

use wsgi::handlers::{CgiHandler, Handler};

fn main() -> ExitCode {
    let outcome = CgiHandler::new().run(&wsgi_tests::site());
    ExitCode::from(u8::from(!outcome.is_complete()))
}
