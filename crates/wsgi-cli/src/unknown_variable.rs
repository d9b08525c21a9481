//! Variables of the environment that no option has.

use std::{collections::BTreeMap, ffi::OsString, fmt};

use clap::error::{ContextKind, ContextValue};

use crate::{argument_error::elsewhere, command::definition};

/// The start of the variables of options.
const PREFIX: &str = "WSGI_";

/// The starts of other variables: those of the Python package, and those by which the processes of
/// this program pass something on.
const OTHERS: [&str; 3] = ["WSGI_RS_", "WSGI_PARENT_", "WSGI_PREDECESSOR"];

/// A variable that looks as if it were that of an option. It displays as a sentence that names the
/// variable.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct UnknownVariable {
    name: String,
    similar: Option<String>,
}

impl UnknownVariable {
    /// The first of these variables, in the order of their names, that no option of any command
    /// has. An environment may be that of several commands.
    pub(crate) fn find(environment: impl Iterator<Item = (OsString, OsString)>) -> Option<Self> {
        let candidates = environment.filter_map(|(name, value)| {
            let name = name.into_string().ok()?;
            let is_other = OTHERS.iter().any(|start| name.starts_with(start));
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
        let similar = similar(&name, &options);
        Some(Self { name, similar })
    }
}

/// The options of a command and of its subcommands.
fn options(command: &clap::Command) -> Vec<&clap::Arg> {
    let below = command.get_subcommands().flat_map(options);
    command.get_opts().chain(below).collect()
}

/// Whether Kubernetes sets such a variable, for a service whose name begins as the program's.
fn is_of_a_service(name: &str, value: Option<&str>) -> bool {
    let is_address = ["tcp://", "udp://", "sctp://"]
        .iter()
        .any(|scheme| value.is_some_and(|value| value.starts_with(scheme)));
    let is_part = ["_TCP_", "_UDP_", "_SCTP_"].iter().any(|protocol| {
        let (_, part) = name.rsplit_once(protocol).unwrap_or_default();
        name.contains("_PORT_") && ["PROTO", "PORT", "ADDR"].contains(&part)
    });
    let is_whole = name.ends_with("_SERVICE_HOST") || name.contains("_SERVICE_PORT");
    is_address || is_part || is_whole
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
        .args(options);
    let error = program.try_get_matches_from([flag]).err()?;
    match error.get(ContextKind::SuggestedArg)? {
        ContextValue::String(option) => Some(option.clone()),
        _ => None,
    }
}

impl fmt::Display for UnknownVariable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown variable {}", self.name)?;
        match &self.similar {
            Some(similar) => write!(f, "; did you mean {similar}?"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::UnknownVariable;

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
            ("WSGI_XYZ", "unknown variable WSGI_XYZ"),
            ("WSGI_", "unknown variable WSGI_"),
        ] {
            assert_eq!(find(&[(name, "secret")]).as_deref(), Some(message));
        }
        let both = [("WSGI_XYZ", ""), ("WSGI_BIND", ":1"), ("WSGI_XYY", "")];
        assert_eq!(find(&both).as_deref(), Some("unknown variable WSGI_XYY"));
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
            ("WSGI", "x"),
            ("UWSGI_X", "x"),
            ("wsgi_x", "x"),
        ] {
            assert_eq!(find(&[(name, value)]), None, "{name}");
        }
    }

    /// Kubernetes tells every container of the services beside it.
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
        ] {
            assert_eq!(find(&[(name, value)]), None, "{name}");
        }
        let port = "unknown variable WSGI_PORT; did you mean WSGI_BIND?";
        assert_eq!(find(&[("WSGI_PORT", "8000")]).as_deref(), Some(port));
    }
}
