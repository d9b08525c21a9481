//! Options on a command line, whatever they are about.

use std::fmt;

/// An option that sets something in a `T`.
pub(crate) struct Setting<T> {
    pub(crate) name: &'static str,
    /// How it gets there.
    pub(crate) kind: Kind<T>,
}

/// What an option takes.
pub(crate) enum Kind<T> {
    /// A value, which is described here, and may be refused by `None`.
    Value(&'static str, fn(&mut T, &str) -> Option<()>),
    /// Nothing.
    Flag(fn(&mut T)),
}

/// Why an option cannot be followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum OptionError {
    /// There is no such option.
    Unknown(String),
    /// There is nothing but options.
    Argument(String),
    /// It takes a value, and is the last argument.
    NoValue(&'static str, &'static str),
    /// It takes another kind of value.
    Value(&'static str, &'static str, String),
    /// It takes none.
    Surplus(&'static str),
}

/// Reads options until there are no more; `None` where one of them asks for help. Of an option
/// that is repeated the last counts.
pub(crate) fn parse<T: Default>(
    mut arguments: impl Iterator<Item = String>,
    settings: &[Setting<T>],
) -> Result<Option<T>, OptionError> {
    let mut options = T::default();
    while let Some(argument) = arguments.next() {
        if matches!(&*argument, "-h" | "--help") {
            return Ok(None);
        }
        let (name, value) = match argument.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (&*argument, None),
        };
        let Some(setting) = settings.iter().find(|setting| setting.name == name) else {
            return Err(match name.starts_with('-') {
                true => OptionError::Unknown(name.to_owned()),
                false => OptionError::Argument(argument),
            });
        };
        match setting.kind {
            Kind::Flag(_) if value.is_some() => return Err(OptionError::Surplus(setting.name)),
            Kind::Flag(set) => set(&mut options),
            Kind::Value(takes, set) => {
                let Some(value) = value.or_else(|| arguments.next()) else {
                    return Err(OptionError::NoValue(setting.name, takes));
                };
                if set(&mut options, &value).is_none() {
                    return Err(OptionError::Value(setting.name, takes, value));
                }
            }
        }
    }
    Ok(Some(options))
}

impl fmt::Display for OptionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OptionError::Unknown(option) => write!(f, "there is no option {option:?}"),
            OptionError::Argument(argument) => {
                write!(f, "nothing is to be done with {argument:?}")
            }
            OptionError::NoValue(name, takes) => write!(f, "{name} takes {takes}"),
            OptionError::Value(name, takes, value) => {
                write!(f, "{name} takes {takes}, not {value:?}")
            }
            OptionError::Surplus(name) => write!(f, "{name} takes no value"),
        }
    }
}
