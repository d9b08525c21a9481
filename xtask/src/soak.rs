//! `cargo xtask soak`: runs the soak test of the server, and measures it beside slow clients.

use crate::{report::Report, result::Result, step::Step, workspace::Workspace};

/// Lets mixed clients visit a server for some minutes, and then a thousand slow ones.
pub(crate) fn run(args: &[String]) -> Result {
    let steps = plan(minutes(args)?);
    let mut report = Report::new(&Workspace::load()?.root);
    steps.iter().for_each(|step| report.run(step));
    report.finish()
}

fn minutes(args: &[String]) -> Result<u64> {
    match args {
        [] => Ok(10),
        [name, value] if name == "--minutes" => {
            let problem = |_| format!("--minutes needs a number, not `{value}`");
            Ok(value.parse().map_err(problem)?)
        }
        [name] if name == "--minutes" => Err("--minutes needs a number".into()),
        [name, ..] => Err(format!("unknown option `{name}`").into()),
    }
}

fn plan(minutes: u64) -> [Step; 2] {
    let step = |test: &str| {
        Step::cargo("test -p wsgi-server --all-features --test soak --")
            .with(&format!("--ignored --exact {test} --nocapture"))
    };
    let seconds = (60 * minutes).to_string();
    [
        step("long_soak").variable("SOAK_SECONDS", &seconds),
        step("slow::a_thousand_slow_clients_leave_others_their_latency"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(arguments: &str, expected: Result<u64, &str>) {
        let arguments: Vec<_> = arguments.split_whitespace().map(str::to_owned).collect();
        let minutes = minutes(&arguments).map_err(|error| error.to_string());
        assert_eq!(minutes, expected.map_err(str::to_owned));
    }

    #[test]
    fn a_soak_runs_for_some_minutes() {
        check("", Ok(10));
        check("--minutes 3", Ok(3));
        check("--minutes", Err("--minutes needs a number"));
        check("--minutes ten", Err("--minutes needs a number, not `ten`"));
        check("--seconds 3", Err("unknown option `--seconds`"));
        assert_eq!(
            plan(3)[0].to_string(),
            "SOAK_SECONDS=180 cargo test -p wsgi-server --all-features --test soak -- \
             --ignored --exact long_soak --nocapture"
        );
    }
}
