//! The tasks of this repository: `cargo xtask test | ci | tidy | bench | fuzz | stress | soak |
//! new-crate | wheel | pictures | release`.
//!
//! Each task plans its steps by a pure function of `cargo metadata`, `git` and the tree. Only the
//! last step has side effects.

#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, clippy::print_stderr)] // a program prints

mod bench;
mod changelog;
mod ci;
mod failures;
mod fuzz;
mod git;
mod new_crate;
mod output;
mod outside;
mod pictures;
mod processes;
mod python;
mod release;
mod report;
mod result;
mod running;
mod scratch;
mod soak;
mod step;
mod stress;
mod test;
mod test_counts;
mod tidy;
mod watch;
mod workspace;

use std::{env, process::ExitCode};

use result::Result;

const USAGE: &str = "\
Usage: cargo xtask <task>

  test [PACKAGE]...                 run every test and doctest, crate by crate and together
  test PACKAGE NAME                 run the tests of one crate with NAME in their name
  test wsgi-python --frameworks     run the tests of Python's frameworks through the server
  test wsgi-python --soak           visit the server for 15 minutes; --minutes 60 for longer
  test --missing                    list the system packages that the tests lack
  ci                                run every check that a change must pass
  tidy                              run the part of `ci` that only reads the tree
  bench [OPTION]...                 compare with other servers
  fuzz [TARGET]... [--seconds N]    run fuzz targets, by default for 60 seconds each
  stress [--seconds N] [--seed S]   play random rounds of the server, by default for 60 seconds
  soak [--minutes N]                visit a server with mixed clients, by default for 10 minutes,
                                    and measure its latency beside a thousand slow ones
  new-crate NAME                    create a crate that passes `tidy`
  wheel                             build the wheels of wsgi-python for a release
  pictures                          write the pictures of the documentation for rustdoc
  release [CRATE]...                list what would be published, in order, and why
  release [CRATE]... --prepare      commit the new versions and the dates of the changelogs
  release [CRATE]... --execute      do that, check everything, publish and tag; after an
                                    interruption, go on. It needs the credentials of `cargo login`.
                                    --leave-out-missing goes on without checks whose tools are not
                                    installed, --registry NAME takes another registry than crates.io
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
        return Err(format!("a task is missing\n\n{USAGE}").into());
    };
    let asks_for_help = args.iter().any(|arg| arg == "--help" || arg == "-h");
    match task.as_str() {
        "bench" => bench::run(args), // which has a help of its own
        _ if asks_for_help => {
            print!("{USAGE}");
            Ok(())
        }
        "test" => test::run(args),
        "ci" => ci::run(args),
        "tidy" => tidy::run(args),
        "fuzz" => fuzz::run(args),
        "stress" => stress::run(args),
        "soak" => soak::run(args),
        "pictures" => pictures::run(args),
        "new-crate" => new_crate::run(args),
        "wheel" => python::release(args),
        "release" => release::run(args),
        "help" | "--help" | "-h" => {
            print!("{USAGE}");
            Ok(())
        }
        _ => Err(format!("unknown task `{task}`\n\n{USAGE}").into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_task_is_answered_with_the_usage() {
        for args in [vec![], vec!["deploy".to_owned()]] {
            assert!(run(&args).unwrap_err().to_string().ends_with(USAGE));
        }
    }

    #[test]
    fn every_task_can_be_asked_for_help() {
        for task in ["test", "ci", "tidy", "new-crate", "release"] {
            for help in ["--help", "-h"] {
                assert!(run(&[task.to_owned(), help.to_owned()]).is_ok(), "{task}");
            }
        }
    }
}
