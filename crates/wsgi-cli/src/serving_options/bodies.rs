//! The options for large bodies of requests.

use std::{io, path::PathBuf};

use clap::{Args, ValueHint};
use wsgi::server::Builder;

use super::set;
use crate::option_value::{bytes, path, yes_or_no};

/// The options for large bodies of requests.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
#[command(next_help_heading = "Large bodies")]
pub(crate) struct Bodies {
    /// Receive large bodies completely, in temporary files, before the site handles the request
    ///
    /// The default is yes for FastCGI, SCGI and uwsgi. For HTTP, it is no until half of the threads
    /// that are for requests alone are busy, and yes as long as they are.
    #[arg(long, env = "WSGI_SPOOL_BODIES", value_name = "yes|no", value_parser = yes_or_no())]
    pub(crate) spool_bodies: Option<bool>,

    /// Keep at most this number of bytes in the temporary files of bodies; default: 1GiB
    ///
    /// Further large bodies wait.
    #[arg(long, env = "WSGI_SPOOL_LIMIT", value_name = "BYTES", value_parser = bytes)]
    pub(crate) spool_limit: Option<u64>,

    /// Keep the temporary files of bodies in this folder; default: the system's temporary folder
    #[arg(
        long,
        env = "WSGI_SPOOL_DIR",
        value_name = "PATH",
        value_hint = ValueHint::DirPath,
        value_parser = path()
    )]
    pub(crate) spool_dir: Option<PathBuf>,
}

impl Bodies {
    pub(super) fn apply(&self, builder: Builder) -> io::Result<Builder> {
        let builder = set(builder, self.spool_bodies, Builder::spool_bodies);
        let builder = set(builder, self.spool_limit, Builder::spool_limit);
        match &self.spool_dir {
            Some(folder) => builder.spool_dir(folder),
            None => Ok(builder),
        }
    }
}
