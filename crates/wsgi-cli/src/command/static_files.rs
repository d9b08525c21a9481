//! The options of the server for files.

use std::path::PathBuf;

use clap::Args;

use super::SiteOptions;
use crate::{
    option_value::{path, switch},
    usage_error::Reason,
};

/// The options of the server for files.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
#[command(args_override_self = true, next_help_heading = "Files")]
pub(crate) struct Static {
    /// Serve the files of this folder
    #[arg(env = "WSGI_FOLDER", value_name = "DIR", value_parser = path())]
    pub(crate) folder: PathBuf,

    /// Serve files and folders whose names begin with a dot, too
    ///
    /// Without this option, only /.well-known/ is served of them.
    #[arg(long, env = "WSGI_DOTFILES", value_parser = switch)]
    pub(crate) dotfiles: bool,

    /// Follow symbolic links out of the folder, too
    ///
    /// Without this option, links are followed within the folder.
    #[arg(long, env = "WSGI_FOLLOW_LINKS", value_parser = switch)]
    pub(crate) follow_links: bool,

    #[command(flatten)]
    pub(crate) site: SiteOptions,
}

impl Static {
    /// Refuses options that do not fit together.
    pub(super) fn check(&self) -> Result<(), Reason> {
        self.site.check()
    }
}
