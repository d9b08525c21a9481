//! The program of this process, as it is on the disk.

use std::{
    env,
    ffi::OsString,
    os::unix::process::CommandExt,
    path::{Path, PathBuf, absolute},
    process::Command,
};

use wsgi::server::ServiceManager;

/// The path and the arguments by which this process was started. Another program may be at the path
/// meanwhile.
#[derive(Debug)]
pub(crate) struct Program {
    path: PathBuf,
    arguments: Vec<OsString>,
}

/// The variable with the path of the socket at which a parent serves its sessions.
const SESSIONS: &str = "WSGI_PARENT_SESSIONS";

/// The variable with the path of the socket at which a parent takes numbers.
const NUMBERS: &str = "WSGI_PARENT_NUMBERS";

/// The variable of a worker that tells nobody where it serves.
const SILENT: &str = "WSGI_PARENT_SILENT";

impl Program {
    pub(crate) fn of_this_process() -> Self {
        let mut arguments = env::args_os();
        // The name may lead to the next version by a symbolic link. The system's path does not.
        let name = arguments.next().map(PathBuf::from).unwrap_or_default();
        let has_path = name.components().count() > 1 && name.is_file();
        let path = match has_path {
            true => absolute(&name),
            false => env::current_exe(),
        };
        Self {
            path: path.unwrap_or(name),
            arguments: arguments.collect(),
        }
    }

    /// A command that starts a worker with these sockets.
    pub(super) fn worker(&self, is_silent: bool, sockets: Private<'_>) -> Command {
        let mut command = Command::new(&self.path);
        command.args(&self.arguments);
        ServiceManager::hide_from(&mut command);
        for (name, path) in [(SESSIONS, sockets.sessions), (NUMBERS, sockets.numbers)] {
            match path {
                Some(path) => command.env(name, path),
                None => command.env_remove(name),
            };
        }
        command.env_remove(SILENT);
        if is_silent {
            command.env(SILENT, "1");
        }
        // Signals of the terminal go to the parent alone, which passes them on.
        command.process_group(0);
        command
    }
}

/// The sockets of a parent for its workers alone.
#[derive(Clone, Copy)]
pub(super) struct Private<'a> {
    /// Where it serves sessions, if it holds them.
    pub(super) sessions: Option<&'a Path>,
    /// Where it takes numbers, if it shows them.
    pub(super) numbers: Option<&'a Path>,
}

/// The socket at which the parent of this process takes numbers.
pub(crate) fn numbers_of_parent() -> Option<PathBuf> {
    env::var_os(NUMBERS).map(PathBuf::from)
}

/// The socket at which the parent of this process serves its sessions.
pub(crate) fn sessions_of_parent() -> Option<PathBuf> {
    env::var_os(SESSIONS).map(PathBuf::from)
}

/// Whether this process tells nobody where it serves.
pub(crate) fn is_silent() -> bool {
    env::var_os(SILENT).is_some()
}
