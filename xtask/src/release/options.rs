//! The command line of `cargo xtask release`.

use std::path::PathBuf;

use crate::result::Result;

/// The last step of a release.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Action {
    /// It only prints its plan.
    #[default]
    Plan,
    /// It commits the new versions.
    Prepare,
    /// It publishes them.
    Execute,
}

/// The arguments.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Options {
    pub(super) action: Action,
    /// The crates. If empty, all.
    pub(super) names: Vec<String>,
    /// A registry other than crates.io.
    pub(super) registry: Option<String>,
    /// Another workspace than the one of this program.
    pub(super) root: Option<PathBuf>,
    /// Whether checks whose tools are not installed may be left out.
    pub(super) may_leave_out: bool,
}

impl Options {
    pub(super) fn parse(args: &[String]) -> Result<Self> {
        let mut options = Self::default();
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            let mut value = || {
                let value = args.next().cloned();
                value.ok_or_else(|| format!("{arg} needs a value"))
            };
            match arg.as_str() {
                "--prepare" => options.action = Action::Prepare,
                "--execute" => options.action = Action::Execute,
                "--leave-out-missing" => options.may_leave_out = true,
                "--registry" => options.registry = Some(value()?),
                "--root" => options.root = Some(PathBuf::from(value()?)),
                option if option.starts_with('-') => {
                    return Err(format!("unknown option {option}; see `cargo xtask help`").into());
                }
                name => options.names.push(name.to_owned()),
            }
        }
        Ok(options)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Options> {
        let args: Vec<_> = line.split_whitespace().map(str::to_owned).collect();
        Options::parse(&args)
    }

    #[test]
    fn a_release_is_a_dry_run_unless_told_otherwise() {
        assert_eq!(parse("").unwrap(), Options::default());
        let options = parse("a --execute b --registry local --root /w").unwrap();
        assert_eq!(options.action, Action::Execute);
        assert_eq!(options.names, ["a", "b"]);
        assert_eq!(options.registry.as_deref(), Some("local"));
        assert_eq!(options.root, Some(PathBuf::from("/w")));
        assert!(!options.may_leave_out);
    }

    #[test]
    fn an_option_that_is_unknown_or_lacks_its_value_is_refused() {
        let message = |line| parse(line).unwrap_err().to_string();
        assert_eq!(
            message("--yes"),
            "unknown option --yes; see `cargo xtask help`"
        );
        assert_eq!(message("--registry"), "--registry needs a value");
    }
}
