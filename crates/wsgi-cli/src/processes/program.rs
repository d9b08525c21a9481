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

    /// A command that starts a worker, with sessions at this socket, if the parent holds them.
    pub(super) fn worker(&self, sessions: Option<&Path>, is_silent: bool) -> Command {
        let mut command = Command::new(&self.path);
        command.args(&self.arguments);
        ServiceManager::hide_from(&mut command);
        command.env_remove(SESSIONS).env_remove(SILENT);
        if let Some(path) = sessions {
            command.env(SESSIONS, path);
        }
        if is_silent {
            command.env(SILENT, "1");
        }
        // Signals of the terminal go to the parent alone, which passes them on.
        command.process_group(0);
        command
    }
}

/// The socket at which the parent of this process serves its sessions.
pub(crate) fn sessions_of_parent() -> Option<PathBuf> {
    env::var_os(SESSIONS).map(PathBuf::from)
}

/// Whether this process tells nobody where it serves.
pub(crate) fn is_silent() -> bool {
    env::var_os(SILENT).is_some()
}
