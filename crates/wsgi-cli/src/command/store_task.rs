//! The tasks with a store of sessions.

use std::path::PathBuf;

use clap::{ArgMatches, Args, Subcommand, ValueHint, parser::ValueSource};

use crate::option_value::path;

/// A task with a store of sessions.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub(crate) enum StoreTask {
    /// Print numbers about the sessions of a server, or of a file that nobody has open
    Stats(Place),
    /// Verify every checksum and entry of a file that nobody has open
    ///
    /// The file stays as it is. The exit code is 4 if it is damaged.
    Check(File),
    /// Replace a file that nobody has open by a copy without free space
    ///
    /// The disk needs room for both. If the task is interrupted, the path leads to the old file or
    /// to the new one, and never to a part. The exit code is 4 if the file is damaged.
    Compact(File),
}

impl StoreTask {
    /// Has a file that is given as an option count more than the socket of a variable. `matches`
    /// are those of the command with this task.
    pub(super) fn settle(&mut self, matches: &ArgMatches) {
        if let (Self::Stats(place), Some((_, matches))) = (self, matches.subcommand()) {
            let is_given = |id| matches.value_source(id) == Some(ValueSource::CommandLine);
            if is_given("database") && !is_given("socket") {
                place.socket = None;
            }
        }
    }
}

/// The place of a store.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
#[command(args_override_self = true)]
#[group(required = true, multiple = true)]
pub(crate) struct Place {
    /// Ask the session server at this socket
    #[arg(
        long,
        env = "WSGI_SOCKET",
        value_name = "PATH",
        value_hint = ValueHint::FilePath,
        value_parser = path()
    )]
    pub(crate) socket: Option<PathBuf>,

    /// Read this file, unless a socket is given
    #[arg(
        long,
        env = "WSGI_DATABASE",
        value_name = "FILE",
        value_hint = ValueHint::FilePath,
        value_parser = path()
    )]
    pub(crate) database: Option<PathBuf>,
}

/// A file of sessions.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
#[command(args_override_self = true)]
pub(crate) struct File {
    /// The file of the sessions
    #[arg(
        long,
        env = "WSGI_DATABASE",
        value_name = "FILE",
        value_hint = ValueHint::FilePath,
        value_parser = path()
    )]
    pub(crate) database: PathBuf,
}
