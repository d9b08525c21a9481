//! The program `wsgi`. README.md describes it.

#![forbid(unsafe_code)]

use std::{
    env,
    io::{self, Write},
    process::ExitCode,
    sync::Arc,
};

mod account;
mod address;
mod argument_error;
mod asked;
mod cgi;
mod check;
mod colours;
mod command;
mod conflict;
mod daemon;
mod data_dir;
mod demo;
mod descriptors;
mod edition;
mod failure;
mod kept;
mod logs;
mod manual;
mod monitoring;
mod not_utf8;
mod option_value;
mod path;
mod pid_file;
mod processes;
mod proxies;
mod say;
mod serving;
mod serving_options;
mod session_server;
#[cfg(feature = "settings")]
mod settings;
mod signals;
mod sockets;
mod static_files;
mod store_address;
mod store_task;
#[cfg(feature = "tls")]
mod tls;
#[cfg(not(feature = "tls"))]
#[path = "no_tls.rs"]
mod tls;
mod unknown_variable;
mod usage_error;
mod visitors;
mod webroot;

use asked::Asked;
use command::Command;
use demo::blog::VisitorsBlog;
use kept::Kept;
use say::say_error;
use serving::{Role, Site};
use store_task::DamagedStore;
use wsgi::server::{Predecessor, StuckThreads, survive_file_size_limit};

fn main() -> ExitCode {
    let result = match Asked::parse(env::args_os().skip(1)) {
        Ok(Asked::Text(text)) => match colours::are_shown_on(&io::stdout()) {
            true => show(text.ansi().to_string().as_bytes()),
            false => show(text.to_string().as_bytes()),
        },
        Ok(Asked::To(command)) => run(&command),
        Err(error) => {
            let Some(help) = error.help() else {
                say_error(error);
                return ExitCode::FAILURE;
            };
            say_error(format_args!("{error}\nSee `{help}`."));
            return ExitCode::from(2);
        }
    };
    match result {
        Err(error) => {
            say_error(&error);
            if DamagedStore::is(&error) {
                return ExitCode::from(4);
            }
            match StuckThreads::of(&error) {
                Some(_) => ExitCode::from(3),
                None => ExitCode::FAILURE,
            }
        }
        Ok(()) => ExitCode::SUCCESS,
    }
}

fn run(command: &Command) -> io::Result<()> {
    survive_file_size_limit()?;
    if let Some(name) = command.checks_only() {
        let lines = check::check(command)?;
        let lines = lines.iter().map(|line| format!("wsgi {name}: {line}\n"));
        return show(lines.collect::<String>().as_bytes());
    }
    match command {
        Command::Demo(options) => serve_demo(options),
        Command::Static(options) => serve_static(options),
        Command::Cgi(options) => {
            cgi::run(&options.visitors);
            Ok(())
        }
        Command::SessionServer(options) => match &options.task {
            Some(task) => show(store_task::run(task)?.as_bytes()),
            None => session_server::run(options),
        },
        Command::Completions { shell } => show(&manual::completions(*shell)),
        Command::Man { command } => show(&manual::page(command.as_deref())?),
    }
}

/// Writes a text to standard output. A reader may have enough of it, as in `wsgi --help | head -1`.
fn show(text: &[u8]) -> io::Result<()> {
    match io::stdout().write_all(text) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

fn serve_demo(options: &command::Demo) -> io::Result<()> {
    let predecessor = Predecessor::from_env()?;
    if let (None, Some(count)) = (&predecessor, options.site.processes) {
        let kept = visitors::keep(&options.visitors)?;
        visitors::warn_of_unreachable(&options.visitors)?;
        VisitorsBlog::new(&options.visitors).check()?;
        return processes::run("demo", &options.site, count, kept);
    }
    let blog = VisitorsBlog::new(&options.visitors);
    blog.check()?;
    let opened = visitors::open(&options.visitors)?;
    if predecessor.is_none() {
        visitors::warn_of_unreachable(&options.visitors)?;
    }
    let problem = opened.problem;
    let note = problem.map(|error| format!("sessions are kept in memory: {error}"));
    let site = Site {
        command: "demo",
        application: Box::new(demo::site(opened.sessions, blog)),
        metrics: vec![Arc::new(opened.metrics)],
        note,
    };
    serving::serve(Role::new(predecessor, opened.kept), &options.site, site)
}

fn serve_static(options: &command::Static) -> io::Result<()> {
    let predecessor = Predecessor::from_env()?;
    if let (None, Some(count)) = (&predecessor, options.site.processes) {
        // A folder that cannot be served is told of at once.
        drop(static_files::site(options)?);
        return processes::run("static", &options.site, count, Kept::Elsewhere);
    }
    let site = Site {
        command: "static",
        application: static_files::site(options)?,
        metrics: Vec::new(),
        note: static_files::note(options),
    };
    serving::serve(Role::new(predecessor, Kept::Elsewhere), &options.site, site)
}
