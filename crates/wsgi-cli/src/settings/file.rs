//! The text of a file of settings.

use std::{
    ffi::OsString,
    fs, io,
    ops::Range,
    path::{Path, PathBuf},
};

use clap::error::{ContextKind, ContextValue};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{
    error::{Fault, SettingsError},
    kind::Kind,
    place,
    tables::{TABLES, Table, home_of, name_of},
};
use crate::argument_error::ArgumentError;

/// A file of settings.
#[derive(Debug)]
pub(super) struct File {
    path: PathBuf,
    text: String,
}

/// The arguments that a file stands for.
#[derive(Debug, Default)]
pub(super) struct Added {
    pub(super) options: Vec<OsString>,
    pub(super) operands: Vec<OsString>,
}

/// A setting, with the place of its value.
struct Setting {
    table: Table,
    option: clap::Arg,
    values: Vec<Option<OsString>>,
    span: Range<usize>,
}

impl File {
    pub(super) fn read(path: &Path) -> Result<Self, SettingsError> {
        let text = fs::read_to_string(path).map_err(|error| SettingsError {
            path: path.to_owned(),
            line: None,
            problem: format!("cannot read the settings: {error}"),
            fault: match error.kind() {
                io::ErrorKind::InvalidData => Fault::Text, // it is not UTF-8
                _ => Fault::Place,
            },
        })?;
        let path = path.to_owned();
        Ok(Self { path, text })
    }

    /// The arguments that the settings of a command stand for, without those that are given
    /// elsewhere. All settings are checked, also those of other commands.
    ///
    /// # Errors
    ///
    /// The first line that is wrong.
    pub(super) fn arguments_of(
        &self,
        command: &str,
        is_given: impl Fn(&clap::Arg) -> bool,
    ) -> Result<Added, SettingsError> {
        let mut settings = self.settings()?;
        settings.retain(|setting| setting.table.has(command));
        let mut added = Added::default();
        for (position, setting) in settings.iter().enumerate() {
            let same = |other: &Setting| name_of(&other.option) == name_of(&setting.option);
            let is_replaced = settings[position + 1..].iter().any(same);
            if is_replaced || is_given(&setting.option) {
                continue;
            }
            for value in &setting.values {
                let exists = value.as_deref().map(|it| place::check(&setting.option, it));
                exists.transpose().map_err(|problem| SettingsError {
                    fault: Fault::Place,
                    ..self.error(&setting.span, problem)
                })?;
                added.push(&setting.option, value.clone());
            }
        }
        Ok(added)
    }

    /// All settings, in the order of their tables.
    fn settings(&self) -> Result<Vec<Setting>, SettingsError> {
        let document = DeTable::parse(&self.text).map_err(|error| {
            let span = error.span().unwrap_or_default();
            self.error(&span, format!("this is not TOML: {}", error.message()))
        })?;
        let mut settings = Vec::new();
        for (name, value) in in_order(document.get_ref()) {
            let table = self.table(name)?;
            let DeValue::Table(entries) = value.get_ref() else {
                let name = name.get_ref();
                let problem = format!("{name} is a table: write [{name}], and settings below it");
                return Err(self.error(&value.span(), problem));
            };
            for (name, value) in in_order(entries) {
                settings.push(self.setting(table, name, value)?);
            }
        }
        let rank = |setting: &Setting| TABLES.iter().position(|table| *table == setting.table);
        settings.sort_by_key(rank);
        Ok(settings)
    }

    fn table(&self, name: &Spanned<impl AsRef<str>>) -> Result<Table, SettingsError> {
        let text = name.get_ref().as_ref();
        Table::named(text).ok_or_else(|| {
            let problem = match home_of(text) {
                Some(table) => format!("{text} belongs in a table, such as [{}]", table.name),
                None => {
                    let tables = TABLES.map(|table| format!("[{}]", table.name)).join(", ");
                    format!("unknown table [{text}]; the tables are {tables}")
                }
            };
            self.error(&name.span(), problem)
        })
    }

    fn setting(
        &self,
        table: Table,
        name: &Spanned<impl AsRef<str>>,
        value: &Spanned<DeValue<'_>>,
    ) -> Result<Setting, SettingsError> {
        let (text, span) = (name.get_ref().as_ref(), value.span());
        let option = table
            .setting(text)
            .ok_or_else(|| self.error(&name.span(), unknown(table, text)))?;
        let values = Kind::of(&option).values(value.get_ref()).map_err(|takes| {
            let problem = format!("{text} takes {takes}, not {}", kind_of(value.get_ref()));
            self.error(&span, problem)
        })?;
        for value in &values {
            check(&option, value.clone()).map_err(|problem| self.error(&span, problem))?;
        }
        Ok(Setting {
            table,
            option,
            values,
            span,
        })
    }

    fn error(&self, span: &Range<usize>, problem: String) -> SettingsError {
        let before = self.text.get(..span.start).unwrap_or(&self.text);
        SettingsError {
            path: self.path.clone(),
            line: Some(before.matches('\n').count() + 1),
            problem,
            fault: Fault::Text,
        }
    }
}

impl Added {
    fn push(&mut self, option: &clap::Arg, value: Option<OsString>) {
        match (option.get_long(), value) {
            (Some(_), value) => self.options.push(argument(option, value)),
            (None, Some(operand)) => self.operands.push(operand),
            (None, None) => {}
        }
    }
}

/// An option with its value, as one argument.
fn argument(option: &clap::Arg, value: Option<OsString>) -> OsString {
    let mut argument = OsString::from(format!("--{}", name_of(option)));
    if let Some(value) = value {
        argument.push("=");
        argument.push(value);
    }
    argument
}

/// Checks a value as the command line would.
fn check(option: &clap::Arg, value: Option<OsString>) -> Result<(), String> {
    let arguments = match (option.get_long(), value) {
        (None, Some(operand)) => vec!["--".into(), operand],
        (_, value) => vec![argument(option, value)],
    };
    let alone = clap::Command::new("wsgi").no_binary_name(true);
    let alone = alone.arg(option.clone().required(false));
    match alone.try_get_matches_from(&arguments) {
        Ok(_) => Ok(()),
        Err(error) => {
            let error = ArgumentError::new(error, arguments);
            Err(error.to_string().trim_start_matches("--").to_owned())
        }
    }
}

fn unknown(table: Table, name: &str) -> String {
    let mut problem = format!("unknown setting {name:?} in [{}]", table.name);
    if let Some(home) = home_of(name) {
        problem += &format!("; it belongs in [{}]", home.name);
    } else if let Some(similar) = similar(table, name) {
        problem += &format!("; did you mean {similar:?}?");
    }
    problem
}

/// The setting of a table whose name is most like this one, if it is like it at all.
fn similar(table: Table, name: &str) -> Option<String> {
    let options = table.settings().into_iter();
    let options = options.map(|option| option.required(false));
    let program = clap::Command::new("wsgi")
        .no_binary_name(true)
        .args(options);
    let error = program.try_get_matches_from([format!("--{name}")]).err()?;
    match error.get(ContextKind::SuggestedArg)? {
        ContextValue::String(option) => Some(option.trim_start_matches("--").to_owned()),
        _ => None,
    }
}

/// The kind of a value in words, without the value: it could be a password.
fn kind_of(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text in quotes",
        DeValue::Integer(number) if number.radix() != 10 => "a number with another base than ten",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

/// The entries of a table, in the order of the text.
fn in_order<'t, 'i>(
    table: &'t DeTable<'i>,
) -> impl Iterator<
    Item = (
        &'t Spanned<toml::de::DeString<'i>>,
        &'t Spanned<DeValue<'i>>,
    ),
> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(name, _)| name.span().start);
    entries.into_iter()
}
