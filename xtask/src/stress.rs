//! `cargo xtask stress`: plays long rounds of the server's stress test.

use crate::{report::Report, result::Result, step::Step, workspace::Workspace};

/// The arguments.
#[derive(Debug, PartialEq, Eq)]
struct Options {
    /// The time in which rounds begin. At least one is played.
    seconds: u64,
    /// The seed of the first round. The next rounds have the following numbers.
    seed: u64,
}

/// Plays rounds until the time is up.
pub(crate) fn run(args: &[String]) -> Result {
    let step = plan(&Options::parse(args)?);
    let mut report = Report::new(&Workspace::load()?.root);
    report.run(&step);
    report.finish()
}

impl Options {
    fn parse(args: &[String]) -> Result<Self> {
        let mut options = Self {
            seconds: 60,
            seed: 1_000,
        };
        let mut args = args.iter();
        while let Some(name) = args.next() {
            let number = match name.as_str() {
                "--seconds" => &mut options.seconds,
                "--seed" => &mut options.seed,
                _ => return Err(format!("unknown option `{name}`").into()),
            };
            let value = args
                .next()
                .ok_or_else(|| format!("{name} needs a number"))?;
            let problem = |_| format!("{name} needs a number, not `{value}`");
            *number = value.parse().map_err(problem)?;
        }
        Ok(options)
    }
}

fn plan(options: &Options) -> Step {
    Step::cargo("test -p wsgi-server --all-features --test stress --")
        .with("--ignored --exact long_rounds --nocapture")
        .variable("STRESS_SECONDS", &options.seconds.to_string())
        .variable("STRESS_SEED", &options.seed.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(arguments: &str, expected: Result<(u64, u64), &str>) {
        let arguments: Vec<_> = arguments.split_whitespace().map(str::to_owned).collect();
        let options = Options::parse(&arguments).map_err(|error| error.to_string());
        let options = options.map(|options| (options.seconds, options.seed));
        assert_eq!(options, expected.map_err(str::to_owned));
    }

    #[test]
    fn rounds_are_played_from_a_seed_for_a_time() {
        check("", Ok((60, 1_000)));
        check("--seconds 600 --seed 7", Ok((600, 7)));
        check("--seed", Err("--seed needs a number"));
        check("--seconds ten", Err("--seconds needs a number, not `ten`"));
        check("--rounds 3", Err("unknown option `--rounds`"));
        let step = plan(&Options {
            seconds: 600,
            seed: 7,
        });
        assert_eq!(
            step.to_string(),
            "STRESS_SECONDS=600 STRESS_SEED=7 cargo test -p wsgi-server --all-features \
             --test stress -- --ignored --exact long_rounds --nocapture"
        );
    }
}
