//! The options of a server, for every command that serves.

pub(crate) mod bodies;
pub(crate) mod connections;
pub(crate) mod environs;
pub(crate) mod requests;
pub(crate) mod threads;

use std::{io, time::Duration};

use clap::Args;
use wsgi::server::Builder;

use self::{
    bodies::Bodies, connections::Connections, environs::Environs, requests::Requests,
    threads::Threads,
};

/// The options of a server: a field for each setting of its builder that is a value. `None` stands
/// for the server's default.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ServingOptions {
    #[command(flatten)]
    pub(crate) threads: Threads,
    #[command(flatten)]
    pub(crate) connections: Connections,
    #[command(flatten)]
    pub(crate) requests: Requests,
    #[command(flatten)]
    pub(crate) bodies: Bodies,
    #[command(flatten)]
    pub(crate) environs: Environs,
}

impl ServingOptions {
    /// Sets these options.
    ///
    /// # Errors
    ///
    /// Bodies cannot be kept in the folder for them.
    pub(crate) fn apply(&self, builder: Builder) -> io::Result<Builder> {
        let builder = self.threads.apply(builder);
        let builder = self.connections.apply(builder);
        let builder = self.requests.apply(builder);
        let builder = self.environs.apply(builder);
        self.bodies.apply(builder)
    }

    /// The time between the signal to end and the shutdown.
    pub(crate) fn drain_delay(&self) -> Duration {
        self.threads.drain_delay.unwrap_or_default()
    }

    /// The time that requests have to end, and idle connections of a process that retires.
    pub(crate) fn shutdown_timeout(&self) -> Duration {
        const DEFAULT: Duration = Duration::from_secs(30);
        self.threads.shutdown_timeout.unwrap_or(DEFAULT)
    }
}

/// Sets an option that was given.
fn set<T: Copy>(builder: Builder, value: Option<T>, setter: fn(Builder, T) -> Builder) -> Builder {
    match value {
        Some(value) => setter(builder, value),
        None => builder,
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use wsgi::Server;

    use crate::{
        asked::Asked,
        command::{Command, definition},
    };

    /// The source of a file of another crate of the workspace.
    fn source(path: &str) -> String {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// The names of the methods in a source that take and return a value, as builders have them.
    fn setters(source: &str) -> BTreeSet<String> {
        let functions = source.split("\n    pub ").skip(1);
        let names = functions.filter_map(|function| {
            let function = function.trim_start_matches("const ").strip_prefix("fn ")?;
            let (name, rest) = function.split_once('(')?;
            let first = rest.trim_start().trim_start_matches("mut ");
            first
                .starts_with("self,")
                .then(|| name.split('<').next().unwrap_or(name).to_owned())
        });
        names.collect()
    }

    /// The options of the demo, by their names.
    fn options() -> BTreeSet<String> {
        let program = definition();
        let demo = program.find_subcommand("demo").expect("the demo");
        demo.get_opts()
            .map(|option| option.get_long().expect("a name").to_owned())
            .collect()
    }

    #[test]
    fn every_setting_of_the_server_has_an_option() {
        // These have other names here.
        let others = [
            ("bind_to", "bind"),
            ("bind_unix", "bind"),
            ("bind_unix_for", "socket-mode"),
            ("listener", "bind"),
            ("limits", "max-body-bytes"),
            ("fastcgi_limits", "max-params"),
            ("scgi_limits", "max-params"),
            ("uwsgi_limits", "max-params"),
        ];
        // These take code, a stream, or what the environment names, or depend on the application.
        let code = [
            "accept_authorizers",
            "bodies_keep_thread",
            "build",
            "calls_share_lock",
            "error_output",
            "errors",
            "handle_with",
            "log_exception",
            "on_thread_end",
            "predecessor",
            "prepare_environ",
            "service_manager",
            "thread_stack_size",
        ];
        let (mut known, options) = (0, options());
        let folder = "wsgi-server/src/builder";
        let entries = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("..")
            .join(folder);
        let names = fs::read_dir(entries).expect("a folder").map(|entry| {
            let name = entry.expect("an entry").file_name();
            name.into_string().expect("a name")
        });
        // It only checks the settings.
        let parts = names.filter(|name| name != "check.rs");
        let parts = parts.map(|name| format!("{folder}/{name}"));
        let codecs = ["http1", "fastcgi", "scgi", "uwsgi"];
        let limits = codecs.map(|name| format!("wsgi-{name}/src/limits.rs"));
        for path in parts.chain([format!("{folder}.rs")]).chain(limits) {
            let setters = setters(&source(&path));
            assert!(!setters.is_empty(), "{path} has settings");
            for name in setters {
                let other = others.iter().find(|(setter, _)| *setter == name);
                let option = other.map_or(name.replace('_', "-"), |(_, it)| (*it).to_owned());
                let has_option = options.contains(&option);
                assert!(has_option || code.contains(&&*name), "{path}: {name}");
                known += usize::from(has_option);
            }
        }
        assert!(known >= 40, "{known}");
    }

    #[test]
    fn the_readme_has_every_option_of_the_demo() {
        let readme = include_str!("../README.md");
        for option in options() {
            assert!(readme.contains(&format!("`--{option}")), "--{option}");
        }
    }

    #[test]
    fn every_option_has_a_heading_in_the_help() {
        let program = definition();
        let demo = program.find_subcommand("demo").expect("the demo");
        let heading = |name: &str| {
            let mut options = demo.get_opts();
            let option = options.find(|option| option.get_long() == Some(name));
            option.expect(name).get_help_heading()
        };
        for option in demo.get_opts() {
            let name = option.get_long().expect("a name");
            assert!(heading(name).is_some(), "--{name}");
        }
        for (name, expected) in [
            ("bind", "Addresses"),
            ("max-threads", "Threads"),
            ("keep-alive", "Connections"),
            ("head-timeout", "Requests and responses"),
            ("spool-dir", "Large bodies"),
            ("server-software", "Environs"),
            ("trust-proxy", "Proxies"),
            ("access-log", "Access log"),
            ("cookie-key", "Sessions"),
        ] {
            assert_eq!(heading(name), Some(expected), "--{name}");
        }
    }

    /// The server's settings after this line, as their debug form shows them.
    fn settings(line: &str) -> Result<String, String> {
        let arguments = line.split_whitespace().map(Into::into);
        match Asked::parse(arguments) {
            Ok(Asked::To(command)) => match *command {
                Command::Demo(demo) => {
                    let builder = demo.site.serving.apply(Server::builder());
                    Ok(format!("{:?}", builder.expect("options")))
                }
                other => panic!("`{line}` is {other:?}"),
            },
            Ok(Asked::Text(text)) => panic!("`{line}` shows {text}"),
            Err(error) => Err(error.to_string()),
        }
    }

    #[test]
    fn options_reach_the_server() {
        for (option, setting) in [
            ("--threads 3", "{ threads: 3,"),
            ("--max-threads 77", "max_threads: 77,"),
            ("--max-waiting 0", "max_waiting: 0,"),
            ("--wait-timeout 1.5", "wait_timeout: 1.5s,"),
            ("--idle-thread-timeout 7", "idle_thread_timeout: 7s,"),
            ("--max-connections 77", "max_connections: 77,"),
            (
                "--max-connections-per-address 7",
                "max_connections_per_address: Some(7),",
            ),
            (
                "--max-requests-per-connection 7",
                "max_requests_per_connection: 7,",
            ),
            ("--first-request-timeout 7", "first_request_timeout: 7s,"),
            ("--keep-alive 0", "keep_alive: 0ns,"),
            ("--handshake-timeout 7", "handshake_timeout: 7s,"),
            ("--head-timeout 7", "head_timeout: 7s,"),
            ("--body-timeout 7", "body_timeout: 7s,"),
            ("--write-timeout 7", "write_timeout: 7s,"),
            ("--min-rate 7", "min_rate: 7,"),
            ("--request-timeout 7", "request_timeout: Some(7s),"),
            ("--max-stuck-threads 7", "max_stuck_threads: 7,"),
            ("--end-when-stuck", "end_when_stuck: true,"),
            ("--response-timeout 7", "response_timeout: Some(7s),"),
            (
                "--shutdown-timeout 31536000",
                "shutdown_timeout: 31536000s,",
            ),
            ("--max-target-bytes 77", "limits: Limits { target: 77,"),
            ("--max-fields 77", "fields: 77,"),
            ("--spool-bodies yes", "spool_bodies: Some(true),"),
            ("--spool-limit 7", "spool_limit: Some(7),"),
            ("--spool-dir /var/tmp", "spool_dir: \"/var/tmp\""),
        ] {
            let default = settings("demo").expect("defaults");
            assert!(!default.contains(setting), "{option}: {default}");
            let settings = settings(&format!("demo {option}")).expect(option);
            assert!(settings.contains(setting), "{option}: {settings}");
        }
    }

    #[test]
    fn the_help_names_the_defaults_of_the_server() {
        let settings = settings("demo").expect("defaults");
        let program = definition();
        let demo = program.find_subcommand("demo").expect("the demo");
        let mut known = 0;
        for option in demo.get_opts() {
            let name = option.get_long().expect("a name").replace('-', "_");
            let Some((_, rest)) = settings.split_once(&format!(" {name}: ")) else {
                continue;
            };
            let value = rest.split([',', ' ']).next().expect("a value");
            let help = option.get_help().expect("help").to_string();
            let Some((_, default)) = help.rsplit_once("default: ") else {
                continue; // the long help has it
            };
            let number = value.trim_end_matches('s');
            let is_it = match default {
                "none" => value == "0ns",
                "no limit" => value == "None" || value == u64::MAX.to_string(),
                "1GiB" => value == "None",
                "one per core" | "the system's temporary folder" => true,
                default => default == number,
            };
            assert!(is_it, "--{name}: {default}, and not {value}");
            known += 1;
        }
        assert!(known >= 18, "{known}");
    }

    #[test]
    fn the_help_names_the_greatest_value_of_a_number() {
        let program = definition();
        let demo = program.find_subcommand("demo").expect("the demo");
        let mut known = 0;
        for option in demo.get_opts() {
            let name = option.get_long().expect("a name");
            let line = ["demo".into(), format!("--{name}=99999999999").into()];
            let Err(error) = Asked::parse(line) else {
                continue;
            };
            let error = error.to_string();
            let range = error.split_once("a number from ");
            let Some((_, to)) = range.and_then(|(_, range)| range.split_once(" to ")) else {
                continue;
            };
            let most = to.split(|it: char| !it.is_ascii_digit()).next();
            let most = most.expect("a number");
            let help = option.get_help().expect("help").to_string();
            let told = [
                help,
                option
                    .get_long_help()
                    .map(ToString::to_string)
                    .unwrap_or_default(),
            ];
            let is_told = told
                .iter()
                .any(|text| text.contains(&format!("at most {most}")));
            assert!(is_told, "--{name}: {told:?}");
            known += 1;
        }
        assert!(known >= 3, "{known}");
    }

    #[test]
    fn the_help_tells_the_least_number_of_threads() {
        let settings = settings("demo --threads 4 --max-threads 1").expect("options");
        assert!(settings.contains("max_threads: 1,"), "{settings}");
        let program = definition();
        let demo = program.find_subcommand("demo").expect("the demo");
        let mut options = demo.get_opts();
        let option = options.find(|option| option.get_long() == Some("max-threads"));
        let help = option
            .and_then(clap::Arg::get_long_help)
            .expect("help")
            .to_string();
        assert!(help.contains("at least two per event loop"), "{help}");
    }

    #[test]
    fn a_limit_of_a_head_or_a_body_holds_for_every_protocol() {
        let line = "demo --max-head-bytes 777 --max-params 77 --max-interleaved 7 \
                    --max-body-bytes 7777";
        let settings = settings(line).expect("options");
        for part in [
            "head: 777, fields: 100, body: 7777",
            "fastcgi_limits: Some(Limits { head: 777, params: 77, body: 7777, interleaved: 7,",
            "scgi_limits: Some(Limits { head: 777, headers: 77, body: 7777 })",
            "uwsgi_limits: Some(Limits { head: 777, params: 77, body: 7777 })",
        ] {
            assert!(settings.contains(part), "{part}: {settings}");
        }
    }

    #[test]
    fn a_wrong_value_is_named_with_the_option_and_its_range() {
        let one = "a number of at least 1";
        let number = "a number of at least 0";
        let bytes = "a number of bytes, such as 65536 or 10MiB";
        let seconds = "a number of seconds from 0 to 31536000, such as 30 or 0.5";
        let timeout = "a number of seconds above 0 and up to 31536000, such as 30 or 0.5";
        for (option, takes, values) in [
            ("threads", one, &["0", "-1", "many", ""][..]),
            ("max-waiting", number, &["-1", "1.5", ""]),
            ("max-requests-per-connection", one, &["0"]),
            ("max-connections-per-address", one, &["0"]),
            (
                "keep-alive",
                seconds,
                &["-1", "31536001", "nan", "inf", "5s", ""],
            ),
            ("response-timeout", timeout, &["never", "0", "0.0", "1e-10"]),
            ("request-timeout", timeout, &["", "0", "31536001"]),
            ("start-timeout", timeout, &["0"]),
            ("first-request-timeout", timeout, &["0"]),
            ("handshake-timeout", timeout, &["0"]),
            ("head-timeout", timeout, &["0"]),
            ("body-timeout", timeout, &["0"]),
            ("write-timeout", timeout, &["0"]),
            ("max-fields", "a number from 1 to 256", &["0", "257", ""]),
            ("max-params", "a number from 1 to 1024", &["0", "1025"]),
            (
                "max-head-bytes",
                "a number of bytes from 1 to 4294967295, such as 32768 or 32KiB",
                &["0", "4294967296", "4GiB", "32K"],
            ),
            ("max-body-bytes", bytes, &["-1", "1GB"]),
            ("min-rate", bytes, &["fast"]),
            ("base-environ", "NAME=VALUE", &["NAME", "=x", ""]),
        ] {
            for value in values {
                let error = settings(&format!("demo --{option}={value}"));
                assert_eq!(
                    error,
                    Err(format!("--{option} takes {takes}, not {value:?}"))
                );
            }
        }
    }
}
