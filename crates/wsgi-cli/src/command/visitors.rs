//! The options for what the demo's visitors leave.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use crate::{option_value::path, store_address::StoreAddress};

/// The id of the option for the folder of the blog.
#[cfg(feature = "settings")]
pub(crate) const BLOG: &str = "blog";

/// The options for what the demo's visitors leave: their sessions, and the entries of the blog.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
#[command(next_help_heading = "Sessions")]
pub(crate) struct Visitors {
    #[cfg_attr(
        feature = "redis",
        doc = " Keep sessions in memory, file:PATH, unix:PATH or redis://HOST"
    )]
    #[cfg_attr(
        not(feature = "redis"),
        doc = " Keep sessions in memory, file:PATH or unix:PATH"
    )]
    ///
    /// unix:PATH is the socket of a session server. The default is a file in the user's data
    /// directory.
    #[arg(long, env = "WSGI_SESSION_STORE", value_name = "STORE", value_parser = session_store)]
    pub(crate) session_store: Option<StoreAddress>,

    /// Sign cookies with the key in this file
    ///
    /// A missing file is created. The default is a file in the user's data directory.
    #[arg(
        long,
        env = "WSGI_COOKIE_KEY",
        value_name = "FILE",
        value_hint = ValueHint::AnyPath,
        value_parser = path()
    )]
    pub(crate) cookie_key: Option<PathBuf>,

    /// Keep the entries of the blog in this folder
    ///
    /// A missing folder is created. The default is a folder in the user's data directory, or a
    /// temporary one if sessions are in memory.
    #[arg(
        long,
        env = "WSGI_BLOG",
        value_name = "DIR",
        value_hint = ValueHint::DirPath,
        value_parser = path(),
        help_heading = "Blog"
    )]
    pub(crate) blog: Option<PathBuf>,
}

fn session_store(value: &str) -> Result<StoreAddress, &'static str> {
    let takes = "memory, file:PATH, unix:PATH or redis://HOST";
    value.parse().map_err(|_| takes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::{
        Cgi, Command, Demo,
        tests::{check_refused, parse},
    };

    fn visitors(store: &str) -> Visitors {
        Visitors {
            session_store: Some(store.parse().expect("a store")),
            cookie_key: Some("k".into()),
            blog: Some("b".into()),
        }
    }

    #[test]
    fn the_demo_reads_the_places_of_sessions_key_and_blog() {
        let expected = Demo {
            visitors: visitors("unix:/run/s"),
            ..Demo::default()
        };
        let line = "demo --session-store unix:/run/s --cookie-key=k --blog b";
        assert_eq!(parse(line), Ok(Command::Demo(expected)));
    }

    #[test]
    fn the_cgi_program_reads_the_places_of_sessions_key_and_blog() {
        assert_eq!(parse("cgi"), Ok(Command::Cgi(Cgi::default())));
        let visitors = visitors("memory");
        let line = "cgi --session-store=memory --cookie-key k --blog=b";
        assert_eq!(parse(line), {
            let expected = Cgi {
                visitors,
                ..Cgi::default()
            };
            Ok(Command::Cgi(expected))
        });
        let elsewhere = "unknown option \"--bind\"; it is an option of `demo` and `static`";
        check_refused("cgi --bind :1", elsewhere);
    }
}
