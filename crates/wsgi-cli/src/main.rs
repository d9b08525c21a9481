//! The program `wsgi`; README.md says what it does.

#![forbid(unsafe_code)]

use std::{
    env,
    fmt::Display,
    io::{self, Write},
    process::ExitCode,
};

mod address;
mod cgi;
mod command;
mod daemon;
mod data_dir;
mod demo;
mod option;
mod path;
mod pid_file;
mod serving;
mod session_server;
mod signals;
mod store_address;
mod visitors;

use command::Command;

const HELP: &str = include_str!("help.txt");

fn main() -> ExitCode {
    let result = match Command::parse(env::args_os().skip(1)) {
        Ok(Command::Help) => write!(io::stdout(), "{HELP}"),
        Ok(Command::Version) => writeln!(io::stdout(), "wsgi {}", env!("CARGO_PKG_VERSION")),
        Ok(Command::Demo(options)) => serve_demo(&options),
        Ok(Command::Cgi(options)) => {
            cgi::run(&options);
            Ok(())
        }
        Ok(Command::SessionServer(options)) => session_server::run(&options),
        Err(error) => {
            say(format_args!("wsgi: {error}\nSee `wsgi --help`."));
            return ExitCode::from(2);
        }
    };
    match result {
        // Nobody reads on, as in `wsgi --help | head -1`.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            say(format_args!("wsgi: {error}"));
            ExitCode::FAILURE
        }
        Ok(()) => ExitCode::SUCCESS,
    }
}

fn serve_demo(options: &command::Demo) -> io::Result<()> {
    let (sessions, problem) = visitors::open(options)?;
    let note = problem.map(|error| format!("sessions are kept in memory: {error}"));
    serving::serve("demo", options, demo::site(sessions), note)
}

/// Writes a line to standard error. That it may be closed keeps nothing from going on.
fn say(line: impl Display) {
    let _ = writeln!(io::stderr(), "{line}");
}
