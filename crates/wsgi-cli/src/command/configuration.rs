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
    /// Each option is a setting with the same name. It is in the table of the command, such as
    /// [demo], or in one that commands share: [site] of demo and static, and [visitors] of demo and
    /// cgi. `wsgi man settings` prints a page about them. Each new process reads the file again,
    /// also after SIGUSR2.
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
    /// The exit code is 0 if nothing is wrong, 2 if the arguments, variables or settings are wrong
    /// in themselves, and 1 if anything else is, such as a missing file, wherever it is named. A
    /// session server or Redis that does not answer is told of, but is no error. The check neither
    /// listens nor creates anything, so it can run beside a program that serves.
    #[arg(long, env = "WSGI_CHECK_CONFIG", value_parser = switch)]
    pub(crate) check_config: bool,
}
