//! Errors of the command line.

use std::fmt;

#[cfg(feature = "settings")]
use crate::settings::SettingsError;
use crate::{argument_error::ArgumentError, conflict::Conflict, unknown_variable::UnknownVariable};

/// An error of the command line. It displays as a sentence that names the argument at fault.
#[derive(Debug)]
pub(crate) struct UsageError {
    reason: Reason,
    help: String,
}

/// The fault.
#[derive(Debug)]
pub(crate) enum Reason {
    /// Two options conflict.
    Conflict(Conflict),
    /// The file of settings is wrong.
    #[cfg(feature = "settings")]
    Settings(SettingsError),
    /// A variable is that of no option.
    Variable(UnknownVariable),
    /// The arguments differ from their definition.
    Argument(ArgumentError),
}

impl UsageError {
    /// An error about which this command line tells more.
    pub(crate) fn new(reason: Reason, help: String) -> Self {
        Self { reason, help }
    }

    /// The command line that shows the fitting help. `None` if the arguments are right, but name a
    /// file of settings that cannot be read, or that names something which is missing.
    pub(crate) fn help(&self) -> Option<&str> {
        match &self.reason {
            #[cfg(feature = "settings")]
            Reason::Settings(error) if error.is_about_a_place() => None,
            _ => Some(&self.help),
        }
    }
}

impl fmt::Display for UsageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.reason {
            Reason::Conflict(conflict) => conflict.fmt(f),
            #[cfg(feature = "settings")]
            Reason::Settings(error) => error.fmt(f),
            Reason::Variable(variable) => variable.fmt(f),
            Reason::Argument(error) => error.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{ffi::OsString, os::unix::ffi::OsStringExt};

    use crate::{asked::Asked, command::Command};

    #[track_caller]
    fn check(line: &str, message: &str) {
        let error = Asked::parse(line.split_whitespace().map(Into::into));
        assert_eq!(error.expect_err("an error").to_string(), message);
    }

    #[test]
    fn a_message_names_the_argument_at_fault() {
        check("", "a command is missing, such as `demo`");
        check(
            "--bind :1",
            "unknown option \"--bind\"; options follow a command, such as `demo`",
        );
        for line in ["demo --socket-mode 660", "demo --socket-mode 660 --bind :1"] {
            let advice = "add that, or leave out --socket-mode";
            check(
                line,
                &format!("--socket-mode needs --bind unix:PATH: {advice}"),
            );
        }
        check(
            "demo --socket-group 1",
            "--socket-group needs --bind unix:PATH: add that, or leave out --socket-group",
        );
        check(
            "demo --socket-owner=+1",
            "--socket-owner takes the name or the number of a user, not \"+1\"",
        );
        check("demo -x", "unknown option \"-x\"");
        check("demo now", "unexpected argument \"now\"");
        check("demo --xyz", "unknown option \"--xyz\"");
        check("demo -- --bind :1", "unexpected argument \"--bind\"");
        let server = "session-server --socket s --database d";
        check(&format!("{server} --daemon=yes"), "--daemon takes no value");
        check("session-server --socket s", "--database is missing");
        check("session-server --database d", "--socket is missing");
        check("session-server", "--socket is missing");
        check("session-server stats", "--socket or --database is missing");
        check("session-server check", "--database is missing");
        check("completions", "SHELL is missing");
        #[cfg(feature = "settings")]
        check(
            "man now",
            "COMMAND takes demo, static, cgi, session-server, session-server-stats, \
             session-server-check, session-server-compact, completions, man or settings, not \
             \"now\"",
        );
    }

    #[test]
    fn a_message_points_to_the_help_of_the_command() {
        for (line, help) in [
            ("", "wsgi --help"),
            ("dmeo", "wsgi --help"),
            ("demo --bidn", "wsgi demo --help"),
            ("session-server", "wsgi session-server --help"),
        ] {
            let error = Asked::parse(line.split_whitespace().map(Into::into));
            assert_eq!(error.expect_err("an error").help(), Some(help), "{line}");
        }
    }

    #[test]
    fn no_message_shows_a_password() {
        let error = Asked::parse(
            ["demo", "--session-store", "redi://:secret@host"]
                .into_iter()
                .map(Into::into),
        );
        let message = error.expect_err("an error").to_string();
        assert!(message.ends_with("not \"redi:...\""), "{message}");
    }

    #[test]
    fn a_similar_name_is_suggested() {
        check("dmeo", "unknown command \"dmeo\"; did you mean \"demo\"?");
        check(
            "demo --bidn=:1",
            "unknown option \"--bidn\"; did you mean \"--bind\"?",
        );
        check(
            "demo --protocol fastcg",
            "--protocol takes http, fastcgi, scgi or uwsgi, not \"fastcg\"; did you mean \"fastcgi\"?",
        );
    }

    #[test]
    fn an_option_of_other_servers_leads_to_ours() {
        for (given, ours) in [
            ("--port", "--bind"),
            ("-p", "--bind"),
            ("--host", "--bind"),
            ("--workers", "--processes"),
            #[cfg(feature = "settings")]
            ("-c", "--settings"),
        ] {
            for command in ["demo", "static ."] {
                check(
                    &format!("{command} {given} 1"),
                    &format!("unknown option {given:?}; did you mean {ours:?}?"),
                );
            }
        }
        check("cgi --port 1", "unknown option \"--port\"");
    }

    #[test]
    fn an_option_of_another_command_is_told_with_that_command() {
        for (line, owners) in [
            ("static . --session-store memory", "`demo` and `cgi`"),
            ("demo --listing", "`static`"),
            ("cgi --bind :80", "`demo` and `static`"),
            ("demo --daemon", "`session-server`"),
            ("session-server --blog /b", "`demo` and `cgi`"),
        ] {
            let option = line.split(' ').find(|word| word.starts_with("--")).unwrap();
            let message = format!("unknown option {option:?}; it is an option of {owners}");
            check(line, &message);
        }
    }

    #[cfg(feature = "tls")]
    #[test]
    fn of_two_versions_none_is_suggested() {
        check(
            "demo --tls-self-signed --tls-min-version 1.1",
            "--tls-min-version takes 1.2 or 1.3, not \"1.1\"",
        );
    }

    #[test]
    fn a_missing_or_wrong_value_is_named_with_the_expected_one() {
        let bind = "--bind takes a host and a port, such as 127.0.0.1:8000, or unix:PATH";
        check("demo --bind", "--bind needs a value");
        check("demo --bind 8000", &format!("{bind}, not \"8000\""));
        check("demo --bind unix:", &format!("{bind}, not \"unix:\""));
        check(
            "demo --protocol ajp",
            "--protocol takes http, fastcgi, scgi or uwsgi, not \"ajp\"",
        );
        check(
            "demo --script-name demo",
            "--script-name takes a path such as /demo, not \"demo\"",
        );
        for mode in ["", "8", "+66", "rw", "1000", "00660", "-1"] {
            check(
                &format!("demo --socket-mode={mode}"),
                &format!("--socket-mode takes permissions such as 660, not \"{mode}\""),
            );
        }
        check(
            "demo --threads 0",
            "--threads takes a number of at least 1, not \"0\"",
        );
        check(
            "demo --max-threads=",
            "--max-threads takes a number of at least 1, not \"\"",
        );
        check(
            "demo --spool-limit much",
            "--spool-limit takes a number of bytes, such as 65536 or 10MiB, not \"much\"",
        );
        check(
            "demo --spool-bodies maybe",
            "--spool-bodies takes yes or no, not \"maybe\"",
        );
        check(
            "demo --session-store=floppy:a",
            "--session-store takes memory, file:PATH, unix:PATH or redis://HOST, not \"floppy:...\"",
        );
        check("demo --cookie-key=", "--cookie-key takes a path, not \"\"");
    }

    #[test]
    fn a_negative_number_is_a_wrong_value_of_every_option() {
        for (option, takes) in [
            (
                "--keep-alive",
                "a number of seconds from 0 to 31536000, such as 30 or 0.5",
            ),
            ("--threads", "a number of at least 1"),
            ("--spool-limit", "a number of bytes, such as 65536 or 10MiB"),
            ("--max-fields", "a number from 1 to 256"),
            ("--socket-mode", "permissions such as 660"),
        ] {
            for value in ["-1", "-0.5"] {
                check(
                    &format!("demo {option} {value}"),
                    &format!("{option} takes {takes}, not \"{value}\""),
                );
            }
        }
        let definition = crate::command::definition();
        let demo = definition.find_subcommand("demo").unwrap();
        let options = demo
            .get_arguments()
            .filter(|argument| argument.get_action().takes_values() && !argument.is_positional());
        for option in options {
            let name = option.get_long().unwrap();
            let arguments = ["demo", &format!("--{name}"), "-1"].map(Into::into);
            if let Err(error) = Asked::parse(arguments) {
                let message = error.to_string();
                assert!(!message.contains("unknown option"), "{message}");
            }
        }
        check("demo -1", "unknown option \"-1\"");
    }

    #[test]
    fn only_a_path_may_be_something_else_than_utf_8() {
        let text = |bytes: &[u8]| OsString::from_vec(bytes.to_vec());
        let parse = |arguments: &[&[u8]]| Asked::parse(arguments.iter().map(|bytes| text(bytes)));
        let Ok(Asked::To(command)) = parse(&[b"demo", b"--cookie-key", b"/\xe9"]) else {
            panic!("the arguments are refused");
        };
        let Command::Demo(demo) = *command else {
            panic!("the command is not the demo");
        };
        assert_eq!(demo.visitors.cookie_key, Some(text(b"/\xe9").into()));
        for arguments in [&[&b"d\xe9mo"[..]][..], &[b"demo", b"--bind", b"unix:/\xe9"]] {
            assert!(parse(arguments).is_err());
        }
    }
}
