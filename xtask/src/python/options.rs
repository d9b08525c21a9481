//! The arguments of `cargo xtask test wsgi-python`.

use crate::result::Result;

/// The tests to run.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Options {
    /// Whether to run the tests of frameworks instead of those of the crate.
    pub(super) frameworks: bool,
    /// A part of the names of the tests to run.
    pub(super) name: Option<String>,
}

impl Options {
    pub(super) fn parse(args: &[String]) -> Result<Self> {
        let mut options = Self::default();
        for arg in args {
            match arg.as_str() {
                "--frameworks" => options.frameworks = true,
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
    fn other_arguments_are_refused() {
        assert!(parse("--framework").is_err() && parse("a b").is_err());
    }
}
