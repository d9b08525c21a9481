//! The options of the access log.

use std::{
    ffi::{OsStr, OsString},
    io,
    path::PathBuf,
};

use clap::{
    Args, ValueHint,
    builder::{OsStringValueParser, PossibleValue, TypedValueParser},
};
use wsgi::middleware::{LogFormat, LogWriter};

use crate::{conflict::Conflict, failure::cannot_create};

/// The options of the access log.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
#[command(next_help_heading = "Access log")]
pub(crate) struct Logs {
    /// Log a line for each request, to this file or to standard error
    ///
    /// Without a value, or with -, the lines go to standard error. A missing file is created. After
    /// a rotation, the file is opened again on SIGUSR1, or when the next line is written.
    #[arg(
        long,
        env = "WSGI_ACCESS_LOG",
        value_name = "FILE",
        num_args = 0..=1,
        value_hint = ValueHint::AnyPath,
        default_missing_value = "-",
        value_parser = place()
    )]
    pub(crate) access_log: Option<Place>,

    /// Write lines of the access log in the format common, combined (the default) or json
    ///
    /// Or in one of your own, in the notation of Apache's LogFormat, such as '%h %t "%r" %>s %D'.
    /// The times are in UTC.
    #[arg(
        long,
        env = "WSGI_ACCESS_LOG_FORMAT",
        value_name = "FORMAT",
        hide_possible_values = true, // as there are others; shells complete them all the same
        value_parser = FormatParser
    )]
    pub(crate) access_log_format: Option<Format>,
}

/// The place of the access log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Standard error.
    Stderr,
    /// A file.
    File(PathBuf),
}

/// The format of the access log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Format {
    Common,
    #[default]
    Combined,
    Json,
    /// In the notation of Apache.
    Own(LogFormat),
}

impl Logs {
    /// Refuses options that do not fit each other.
    pub(crate) fn check(&self) -> Result<(), Conflict> {
        let format = ("--access-log-format", self.access_log_format.is_some());
        Conflict::unless(self.access_log.is_some(), "--access-log", &[format])
    }

    /// Opens the access log, if there is one.
    ///
    /// # Errors
    ///
    /// The file cannot be opened.
    pub(crate) fn open(&self) -> io::Result<Option<LogWriter>> {
        let Some(place) = &self.access_log else {
            return Ok(None);
        };
        let format = match self.access_log_format.clone().unwrap_or_default() {
            Format::Common => LogFormat::common(),
            Format::Combined => LogFormat::combined(),
            Format::Json => LogFormat::json(),
            Format::Own(format) => format,
        };
        let builder = LogWriter::builder().format(format);
        let log = match place {
            Place::Stderr => builder.stderr(),
            Place::File(path) => builder.file(path).map_err(cannot_create),
        };
        log.map(Some)
    }
}

fn place() -> impl TypedValueParser<Value = Place> {
    OsStringValueParser::new().try_map(|value: OsString| match value.to_str() {
        Some("") => Err("a path, or - for standard error"),
        Some("-") => Ok(Place::Stderr),
        _ => Ok(Place::File(value.into())),
    })
}

const NAMES: [&str; 3] = ["common", "combined", "json"];
const EXAMPLE: &str = "'%h %t \"%r\" %>s'";

/// Reads a format. Shells complete its name.
#[derive(Clone, Copy, Debug)]
struct FormatParser;

impl TypedValueParser for FormatParser {
    type Value = Format;

    fn parse_ref(
        &self,
        command: &clap::Command,
        option: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<Format, clap::Error> {
        format.parse_ref(command, option, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(NAMES.into_iter().map(PossibleValue::new)))
    }
}

fn format(value: &str) -> Result<Format, String> {
    match value {
        "common" => Ok(Format::Common),
        "combined" => Ok(Format::Combined),
        "json" => Ok(Format::Json),
        _ if value.contains('%') => LogFormat::apache(value).map(Format::Own).map_err(|error| {
            let names = NAMES.join(", ");
            format!("{names}, or a format of directives, such as {EXAMPLE} ({error})")
        }),
        _ => Err(format!(
            "{} or a format, such as {EXAMPLE}",
            NAMES.join(", ")
        )),
    }
}

#[cfg(test)]
mod tests {
    use wsgi::middleware::LogFormat;

    use super::{Format, Logs, Place};
    use crate::{asked::Asked, command::Command};

    fn parse(line: &str) -> Result<Logs, String> {
        match Asked::parse(line.split_whitespace().map(Into::into)) {
            Ok(Asked::To(command)) => match *command {
                Command::Demo(demo) => Ok(demo.site.logs),
                other => panic!("`{line}` is {other:?}"),
            },
            Ok(Asked::Text(text)) => panic!("`{line}` shows {text}"),
            Err(error) => Err(error.to_string()),
        }
    }

    #[test]
    fn the_log_goes_to_a_file_or_to_standard_error() {
        for (line, place) in [
            ("demo", None),
            ("demo --access-log", Some(Place::Stderr)),
            ("demo --access-log -", Some(Place::Stderr)),
            ("demo --access-log --threads 2", Some(Place::Stderr)),
            (
                "demo --access-log a.log --threads 2",
                Some(Place::File("a.log".into())),
            ),
            ("demo --access-log=a.log", Some(Place::File("a.log".into()))),
            ("demo --access-log a.log --access-log", Some(Place::Stderr)),
        ] {
            assert_eq!(parse(line).map(|logs| logs.access_log), Ok(place), "{line}");
        }
    }

    #[test]
    fn formats_have_names() {
        for (name, format) in [
            ("common", Format::Common),
            ("combined", Format::Combined),
            ("json", Format::Json),
        ] {
            let logs = parse(&format!("demo --access-log --access-log-format {name}"));
            assert_eq!(logs.map(|logs| logs.access_log_format), Ok(Some(format)));
        }
    }

    #[test]
    fn a_format_of_ones_own_has_directives() {
        let logs = parse("demo --access-log --access-log-format %h=%>s").unwrap();
        let own = LogFormat::apache("%h=%>s").unwrap();
        assert_eq!(logs.access_log_format, Some(Format::Own(own)));
    }

    #[test]
    fn wrong_values_are_refused() {
        for (line, message) in [
            (
                "demo --access-log=",
                "--access-log takes a path, or - for standard error, not \"\"",
            ),
            (
                "demo --access-log --access-log-format clf",
                "--access-log-format takes common, combined, json or a format, such as \
                 '%h %t \"%r\" %>s', not \"clf\"",
            ),
            (
                "demo --access-log --access-log-format 100%%",
                "--access-log-format takes common, combined, json, or a format of directives, such \
                 as '%h %t \"%r\" %>s' (the format has no field, so all its lines would be the \
                 same), not \"100%%\"",
            ),
            (
                "demo --access-log --access-log-format %h%Z",
                "--access-log-format takes common, combined, json, or a format of directives, such \
                 as '%h %t \"%r\" %>s' (the directive %Z of Apache's log formats is not known \
                 here), not \"%h%Z\"",
            ),
            (
                "demo --access-log-format json",
                "--access-log-format needs --access-log: add that, or leave out \
                 --access-log-format",
            ),
        ] {
            assert_eq!(parse(line), Err(message.to_owned()), "{line}");
        }
    }
}
