//! The tasks of this repository: `cargo xtask test | ci | tidy | bench | fuzz | stress | new-crate |
//! pictures | release`.
//!
//! Each task computes what to do as a pure function of what `cargo metadata`,
//! `git` and the tree say, and only its last step touches the world.

#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, clippy::print_stderr)] // a program speaks to its user

mod bench;
mod changelog;
mod ci;
mod fuzz;
mod git;
mod new_crate;
mod outside;
mod pictures;
mod release;
mod report;
mod step;
mod stress;
mod test;
mod tidy;
mod workspace;

use std::env;
use std::process::ExitCode;

type Result<T = (), E = Box<dyn std::error::Error>> = std::result::Result<T, E>;

const USAGE: &str = "\
Usage: cargo xtask <task>

  test [PACKAGE]...                 every test and doctest, crate by crate and together
  test PACKAGE NAME                 the tests of one crate with NAME in their name
  test --missing                    the system packages the tests would need
  ci                                all that must hold before a change is taken
  tidy                              the part of `ci` that only looks at the tree
  bench [OPTION]...                 measure against other servers
  fuzz [TARGET]... [--seconds N]    run fuzz targets, 60 seconds each by default
  stress [--seconds N] [--seed S]   random rounds of the server, for 60 seconds by default
  new-crate NAME                    a crate that has all a crate of the house needs
  pictures                          the pictures of the documentation, once more for rustdoc
  release [CRATE]... [--execute]    what is to be published, in order; --execute does it
";

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    match run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &[String]) -> Result {
    let Some((task, args)) = args.split_first() else {
        return Err(format!("a task is needed\n\n{USAGE}").into());
    };
    match task.as_str() {
        "test" => test::run(args),
        "ci" => ci::run(args),
        "tidy" => tidy::run(args),
        "bench" => bench::run(args),
        "fuzz" => fuzz::run(args),
        "stress" => stress::run(args),
        "pictures" => pictures::run(args),
        "new-crate" => new_crate::run(args),
        "release" => release::run(args),
        "help" | "--help" | "-h" => {
            print!("{USAGE}");
            Ok(())
        }
        _ => Err(format!("there is no task `{task}`\n\n{USAGE}").into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_that_does_not_exist_is_answered_with_those_that_do() {
        for args in [vec![], vec!["deploy".to_owned()]] {
            assert!(run(&args).unwrap_err().to_string().ends_with(USAGE));
        }
    }
}
