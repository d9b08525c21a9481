//! Variables of the environment that no option has.

use std::{collections::BTreeMap, ffi::OsString, fmt};

use clap::error::{ContextKind, ContextValue};

use crate::{argument_error::elsewhere, command::definition};

/// The start of the variables of options.
const PREFIX: &str = "WSGI_";

/// The starts of other variables: those of the Python package, and those by which the processes of
/// this program pass something on.
const OTHERS: [&str; 3] = ["WSGI_RS_", "WSGI_PARENT_", "WSGI_PREDECESSOR"];

/// The version of the program, by which images of containers are built.
const VERSION: &str = "WSGI_VERSION";

/// The features that bring options, with the variables of these options.
const FEATURES: [(&str, &[&str]); 2] = [
    ("settings", &["WSGI_SETTINGS"]),
    (
        "tls",
        &[
            "WSGI_TLS_CERT",
            "WSGI_TLS_KEY",
            "WSGI_TLS_SELF_SIGNED",
            "WSGI_TLS_CLIENT_CA",
            "WSGI_TLS_CLIENT_AUTH",
            "WSGI_TLS_TICKET_KEYS",
            "WSGI_TLS_MIN_VERSION",
            "WSGI_REDIRECT_HTTP",
            "WSGI_REDIRECT_PORT",
        ],
    ),
];

/// A variable that looks as if it were that of an option. It displays as a sentence that names the
/// variable.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct UnknownVariable {
    name: String,
    hint: Hint,
}

#[derive(Debug, PartialEq, Eq)]
enum Hint {
    /// Another variable was probably meant.
    Similar(String),
    /// The program was built without this feature.
    Feature(&'static str),
    None,
}

impl UnknownVariable {
    /// The first of these variables, in the order of their names, that no option of any command
    /// has. An environment may be that of several commands.
    pub(crate) fn find(environment: impl Iterator<Item = (OsString, OsString)>) -> Option<Self> {
        let candidates = environment.filter_map(|(name, value)| {
            let name = name.into_string().ok()?;
            let is_other = name == VERSION || OTHERS.iter().any(|start| name.starts_with(start));
            (name.starts_with(PREFIX) && !is_other).then_some((name, value))
        });
        let candidates: BTreeMap<_, _> = candidates.collect();
        if candidates.is_empty() {
            return None;
        }
        let program = definition();
        let options = options(&program);
        let is_known = |name: &str| {
            let mut variables = options.iter().filter_map(|option| option.get_env());
            variables.any(|variable| variable == name)
        };
        let mut candidates = candidates.into_iter();
        let (name, _) = candidates
            .find(|(name, value)| !is_known(name) && !is_of_a_service(name, value.to_str()))?;
        let hint = hint(&name, &options);
        Some(Self { name, hint })
    }
}

/// The options of a command and of its subcommands.
fn options(command: &clap::Command) -> Vec<&clap::Arg> {
    let below = command.get_subcommands().flat_map(options);
    command.get_opts().chain(below).collect()
}

/// Whether Kubernetes sets such a variable for a service, or Docker for a link to a container, with
/// a name that begins as the program's.
fn is_of_a_service(name: &str, value: Option<&str>) -> bool {
    let value = value.unwrap_or_default();
    let has_port = name.ends_with("_PORT") || name.contains("_PORT_");
    let schemes = ["tcp://", "udp://", "sctp://"];
    let is_address = schemes.iter().any(|scheme| value.starts_with(scheme));
    let is_part = ["_TCP_", "_UDP_", "_SCTP_"].iter().any(|protocol| {
        let (_, part) = name.rsplit_once(protocol).unwrap_or_default();
        PARTS.contains(&part)
    });
    let is_whole = name.ends_with("_SERVICE_HOST") || name.contains("_SERVICE_PORT");
    let is_link = name.contains("_ENV_") || is_name_of_a_link(name, value);
    has_port && (is_address || is_part) || is_whole || is_link
}

/// The ends of the variables for the port of a service.
const PARTS: [&str; 7] = [
    "PROTO",
    "PORT",
    "ADDR",
    "START",
    "END",
    "PORT_START",
    "PORT_END",
];

/// Whether the variable is as `WSGI_NAME=/container/wsgi`.
fn is_name_of_a_link(name: &str, value: &str) -> bool {
    let link = value
        .strip_prefix('/')
        .and_then(|path| path.split_once('/'));
    link.is_some_and(|(_, link)| {
        let link = link.replace('-', "_").to_uppercase();
        name.strip_suffix("_NAME") == Some(&link)
    })
}

/// The likely reason for which no option has this variable.
fn hint(name: &str, options: &[&clap::Arg]) -> Hint {
    let mut features = FEATURES.iter();
    if let Some((feature, _)) = features.find(|(_, variables)| variables.contains(&name)) {
        return Hint::Feature(feature);
    }
    similar(name, options).map_or(Hint::None, Hint::Similar)
}

/// The variable of the option that was probably meant.
fn similar(name: &str, options: &[&clap::Arg]) -> Option<String> {
    let flag = name.strip_prefix(PREFIX)?;
    let flag = format!("--{}", flag.to_lowercase().replace('_', "-"));
    let meant = match elsewhere(&flag) {
        Some(option) => option.to_owned(),
        None => nearest(&flag, options)?,
    };
    let meant = meant.trim_start_matches('-').replace('-', "_");
    Some(format!("{PREFIX}{}", meant.to_uppercase()))
}

/// The option with the name that is most like this one, if it is like it at all.
fn nearest(flag: &str, options: &[&clap::Arg]) -> Option<String> {
    let names = options.iter().filter_map(|option| option.get_long());
    let names: BTreeMap<_, _> = names.zip(options).collect();
    let options = names.into_values().map(|option| {
        let option = clap::Arg::clone(option).env(None);
        option.required(false).global(false)
    });
    let program = clap::Command::new("wsgi")
        .no_binary_name(true)
        .disable_help_flag(true)
        .args(options);
    let error = program.try_get_matches_from([flag]).err()?;
    match error.get(ContextKind::SuggestedArg)? {
        ContextValue::String(option) => Some(option.clone()),
        _ => None,
    }
}

impl fmt::Display for UnknownVariable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown variable {}; ", self.name)?;
        match &self.hint {
            Hint::Similar(similar) => write!(f, "did you mean {similar}?"),
            Hint::Feature(feature) => {
                write!(
                    f,
                    "it needs a program that is built with the feature `{feature}`"
                )
            }
            Hint::None => write!(
                f,
                "unless it is meant for an option, its name must not begin with {PREFIX}"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{FEATURES, UnknownVariable};

    fn find(variables: &[(&str, &str)]) -> Option<String> {
        let variables = variables.iter();
        let variables = variables.map(|(name, value)| (name.into(), value.into()));
        UnknownVariable::find(variables).map(|unknown| unknown.to_string())
    }

    #[test]
    fn a_misspelt_variable_is_told_with_the_one_that_was_meant() {
        for (name, message) in [
            (
                "WSGI_THRAEDS",
                "unknown variable WSGI_THRAEDS; did you mean WSGI_THREADS?",
            ),
            (
                "WSGI_MAX_HEAD_BYTE",
                "unknown variable WSGI_MAX_HEAD_BYTE; did you mean WSGI_MAX_HEAD_BYTES?",
            ),
            (
                "WSGI_DATABAS",
                "unknown variable WSGI_DATABAS; did you mean WSGI_DATABASE?",
            ),
            (
                "WSGI_WORKERS",
                "unknown variable WSGI_WORKERS; did you mean WSGI_PROCESSES?",
            ),
            // The flag --help has no variable.
            (
                "WSGI_HELPS",
                "unknown variable WSGI_HELPS; did you mean WSGI_HEALTH?",
            ),
        ] {
            assert_eq!(find(&[(name, "secret")]).as_deref(), Some(message));
        }
    }

    #[test]
    fn a_variable_that_is_like_no_other_is_told_with_the_remedy() {
        let told = |name| {
            let rest = "unless it is meant for an option, its name must not begin with WSGI_";
            Some(format!("unknown variable {name}; {rest}"))
        };
        for name in ["WSGI_XYZ", "WSGI_"] {
            assert_eq!(find(&[(name, "secret")]), told(name));
        }
        let both = [("WSGI_XYZ", ""), ("WSGI_BIND", ":1"), ("WSGI_XYY", "")];
        assert_eq!(find(&both), told("WSGI_XYY"));
    }

    #[test]
    fn an_option_that_a_program_was_built_without_is_told_with_its_feature() {
        let has = [cfg!(feature = "settings"), cfg!(feature = "tls")];
        for ((feature, variables), has) in FEATURES.into_iter().zip(has) {
            for name in variables {
                let told = format!(
                    "unknown variable {name}; it needs a program that is built with the feature \
                     `{feature}`"
                );
                assert_eq!(find(&[(name, "")]), (!has).then_some(told));
            }
        }
        let source = include_str!("tls.rs").split("env = \"").skip(1);
        let variables = source.filter_map(|rest| rest.split('"').next());
        assert!(variables.eq(FEATURES[1].1.iter().copied()));
    }

    #[test]
    fn variables_of_options_and_of_other_programs_are_left_alone() {
        for (name, value) in [
            ("WSGI_BIND", ":8000"),
            ("WSGI_DATABASE", "sessions"),
            ("WSGI_CACHE", "60"),
            ("WSGI_CHECK_CONFIG", ""),
            ("WSGI_RS_WORKERS", "4"),
            ("WSGI_PARENT_SILENT", "1"),
            ("WSGI_PREDECESSOR", "x"),
            ("WSGI_VERSION", "0.1.0"),
            ("WSGI", "x"),
            ("UWSGI_X", "x"),
            ("wsgi_x", "x"),
        ] {
            assert_eq!(find(&[(name, value)]), None, "{name}");
        }
    }

    /// Kubernetes tells every container of the services beside it, and Docker one of those to which
    /// it has links.
    #[test]
    fn variables_of_services_are_left_alone() {
        for (name, value) in [
            ("WSGI_SERVICE_HOST", "10.0.0.11"),
            ("WSGI_SERVICE_PORT", "8000"),
            ("WSGI_DEMO_SERVICE_PORT_HTTP", "8000"),
            ("WSGI_PORT", "tcp://10.0.0.11:8000"),
            ("WSGI_PORT_8000_TCP", "tcp://10.0.0.11:8000"),
            ("WSGI_PORT_8000_TCP_PROTO", "tcp"),
            ("WSGI_PORT_8000_TCP_PORT", "8000"),
            ("WSGI_PORT_8000_UDP_ADDR", "10.0.0.11"),
            ("WSGI_PORT_8000_TCP_START", "tcp://10.0.0.11:8000"),
            ("WSGI_PORT_8000_TCP_PORT_START", "8000"),
            ("WSGI_PORT_8000_TCP_PORT_END", "8009"),
            ("WSGI_NAME", "/front/wsgi"),
            ("WSGI_OF_US_NAME", "/front/wsgi-of-us"),
            ("WSGI_ENV_PATH", "/bin"),
        ] {
            assert_eq!(find(&[(name, value)]), None, "{name}");
        }
        let port = "unknown variable WSGI_PORT; did you mean WSGI_BIND?";
        assert_eq!(find(&[("WSGI_PORT", "8000")]).as_deref(), Some(port));
        for (name, value, meant) in [
            ("WSGI_SESSION_STOR", "tcp://x", "WSGI_SESSION_STORE"),
            ("WSGI_SCRIPT_NAM", "/demo", "WSGI_SCRIPT_NAME"),
            ("WSGI_SCRPIT_NAME", "/my/demo", "WSGI_SCRIPT_NAME"),
        ] {
            let told = format!("unknown variable {name}; did you mean {meant}?");
            assert_eq!(find(&[(name, value)]), Some(told));
        }
    }
}
