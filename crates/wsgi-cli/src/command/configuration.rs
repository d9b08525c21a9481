//! The options for the configuration itself.

#[cfg(feature = "settings")]
use std::path::PathBuf;

use clap::Args;
#[cfg(feature = "settings")]
use clap::ValueHint;

#[cfg(feature = "settings")]
use crate::option_value::path;
use crate::option_value::switch;

/// The id of the option for a file of settings.
#[cfg(feature = "settings")]
pub(crate) const SETTINGS: &str = "settings";

/// The id of the option that only checks.
#[cfg(feature = "settings")]
pub(crate) const CHECK: &str = "check_config";

/// The options for the configuration itself.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
#[command(next_help_heading = "Configuration")]
pub(crate) struct Configuration {
    /// Read settings from this TOML file; options and variables take precedence
    ///
    /// Each option is a setting with the same name, in a table of the command, such as [demo], or
    /// in one that commands share: [site] of demo and static, and [visitors] of demo and cgi. `wsgi
    /// man settings` prints a page about them. The file is read again by each new process, also
    /// after SIGUSR2.
    #[cfg(feature = "settings")]
    #[arg(
        long,
        env = "WSGI_SETTINGS",
        value_name = "FILE",
        value_hint = ValueHint::FilePath,
        value_parser = path()
    )]
    pub(crate) settings: Option<PathBuf>,

    /// Check the options, settings and files, say what would be served, and exit
    ///
    /// It neither listens nor creates anything, so it can run beside a program that serves.
    #[arg(long, env = "WSGI_CHECK_CONFIG", value_parser = switch)]
    pub(crate) check_config: bool,
}
