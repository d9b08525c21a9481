//! The arguments of `cargo xtask test wsgi-python`.

use crate::result::Result;

/// The minutes of a soak, unless a number is given.
const SOAK: u32 = 15;

/// The tests to run.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Options {
    /// Whether to run the tests of frameworks instead of those of the crate.
    pub(super) frameworks: bool,
    /// The minutes of a soak, which is run instead of the tests of the crate.
    pub(super) soak: Option<u32>,
    /// A part of the names of the tests to run.
    pub(super) name: Option<String>,
}

impl Options {
    pub(super) fn parse(args: &[String]) -> Result<Self> {
        let mut options = Self::default();
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "--frameworks" => options.frameworks = true,
                "--soak" => options.soak = Some(options.soak.unwrap_or(SOAK)),
                "--minutes" => {
                    let minutes = args.next().and_then(|minutes| minutes.parse().ok());
                    options.soak = Some(minutes.ok_or("--minutes takes a number")?);
                }
                option if option.starts_with('-') => {
                    return Err(format!("unknown option `{option}`").into());
                }
                name if options.name.is_none() => options.name = Some(name.to_owned()),
                other => return Err(format!("unexpected argument `{other}`").into()),
            }
        }
        Ok(options)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Options> {
        let words: Vec<_> = line.split_whitespace().map(str::to_owned).collect();
        Options::parse(&words)
    }

    #[test]
    fn a_name_and_the_frameworks_can_be_chosen() {
        assert_eq!(parse("").unwrap(), Options::default());
        assert!(parse("--frameworks").unwrap().frameworks);
        assert_eq!(parse("write").unwrap().name.as_deref(), Some("write"));
    }

    #[test]
    fn a_soak_takes_a_quarter_of_an_hour_or_a_number_of_minutes() {
        assert_eq!(parse("--soak").unwrap().soak, Some(15));
        assert_eq!(parse("--soak --minutes 60").unwrap().soak, Some(60));
        assert!(parse("--soak --minutes").is_err() && parse("--minutes x").is_err());
    }

    #[test]
    fn other_arguments_are_refused() {
        assert!(parse("--framework").is_err() && parse("a b").is_err());
    }
}
