//! `cargo xtask bench --check`: instruction counts, compared with recorded figures.
//!
//! Counts depend on the compiler, so the figures name theirs. With another compiler, counts and
//! figures are printed and nothing fails.

use std::{collections::BTreeMap, fs, net::SocketAddr, path::Path, process::Command};

use super::{
    access_log,
    client::Client,
    fastcgi, files,
    instructions::{self, per_request},
    peer::{self, OURS, Peer},
    progress::progress,
    tool::need,
};
use crate::{report::Report, result::Result, scratch::Scratch, step::Step, workspace::Workspace};

/// The figures, below the root of the workspace.
const FIGURES: &str = "tests/peers/instructions.txt";

/// The tolerance above a figure, in percent.
const TOLERANCE: u64 = 3;

/// The comment above the figures.
const HEADING: &str = "\
# User-space instructions of one request or one piece of work, counted by callgrind.
# Written by `cargo xtask bench --check --write`; `cargo xtask bench --check` compares.
";

/// Work of single crates, by name, with two numbers of repetitions. The difference is counted.
const WORK: [(&str, u64, u64); 3] = [
    ("parse", 1_000, 6_000),
    ("session", 1_000, 6_000),
    ("multipart", 2, 12),
];

/// The number of requests that are sent at once, of which both numbers of requests are multiples.
const BATCH: u32 = 16;

/// The number of counts of each work.
const RUNS: usize = 3;

/// The packages whose programs are counted.
const PACKAGES: [&str; 4] = [
    "serve-ours",
    "serve-metrics",
    "serve-gateway",
    "measure-instructions",
];

/// Counts by name, and the compiler of the counted code.
#[derive(Debug, Default, PartialEq, Eq)]
struct Figures {
    compiler: String,
    counts: BTreeMap<String, u64>,
}

/// Counts, and compares the counts with the recorded figures or records them.
///
/// # Errors
///
/// A count is more than 3% above its figure, and the compiler is that of the figures.
pub(super) fn run(write: bool) -> Result {
    need("valgrind")?;
    let root = Workspace::load()?.root;
    let path = root.join(FIGURES);
    let counted = count()?;
    if write {
        fs::write(&path, counted.to_text())?;
        println!("{} is written", path.display());
        return Ok(());
    }
    let figures = Figures::parse(&fs::read_to_string(&path)?)?;
    print!("{}", figures.beside(&counted));
    let mut report = Report::new(root);
    report.check("no more instructions than before", || {
        Ok(figures.exceeded_by(&counted))
    });
    report.finish()
}

/// Builds what [`run`] counts, each package alone as [`run`] does, which then finds it built.
pub(super) fn building() -> impl Iterator<Item = Step> {
    let build = Step::cargo("build --release --manifest-path tests/peers/Cargo.toml --package");
    PACKAGES
        .into_iter()
        .map(move |package| build.clone().with(package))
}

impl Figures {
    fn parse(text: &str) -> Result<Self> {
        let mut figures = Self::default();
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        for line in lines {
            match line.split_once(' ') {
                Some(("compiler", compiler)) => figures.compiler = compiler.to_owned(),
                Some((name, count)) => {
                    figures.counts.insert(name.to_owned(), count.parse()?);
                }
                None => return Err(format!("{FIGURES}: `{line}` is not a name and a count").into()),
            }
        }
        Ok(figures)
    }

    fn to_text(&self) -> String {
        let compiler = format!("{HEADING}compiler {}\n", self.compiler);
        let counts = self.counts.iter();
        counts.fold(compiler, |text, (name, count)| {
            format!("{text}{name} {count}\n")
        })
    }

    /// A table of these figures and the counts.
    fn beside(&self, counted: &Self) -> String {
        let mut table = String::new();
        if self.compiler != counted.compiler {
            table = format!(
                "the figures are of {}\nthe counts are of {}\n",
                self.compiler, counted.compiler
            );
        }
        for (name, count) in &counted.counts {
            let row = match self.counts.get(name) {
                Some(&figure) => {
                    let change = (*count as f64 / figure as f64 - 1.0) * 100.0;
                    format!("{name:<12}{figure:>12}{count:>12}{change:>+8.1} %\n")
                }
                None => format!("{name:<12}{:>12}{count:>12}\n", "-"),
            };
            table += &row;
        }
        table
    }

    /// The counts that are too high, if the compiler is the same.
    fn exceeded_by(&self, counted: &Self) -> Vec<String> {
        if self.compiler != counted.compiler {
            return Vec::new();
        }
        let mut problems = Vec::new();
        for (name, figure) in &self.counts {
            match counted.counts.get(name) {
                Some(count) if count * 100 > figure * (100 + TOLERANCE) => problems.push(format!(
                    "{name} takes {count} instructions, more than {TOLERANCE}% above {figure}"
                )),
                Some(_) => {}
                None => problems.push(format!("{name} is in {FIGURES} and was not counted")),
            }
        }
        problems
    }
}

fn count() -> Result<Figures> {
    let scratch = Scratch::new("bench")?;
    let ours = Peer::build(OURS)?;
    let metrics = Peer::build("metrics")?;
    let fastcgi = Peer::build("gateway")?.sibling("fastcgi");
    let mut counts = BTreeMap::new();
    let mut insert = |name: &str, count: f64| counts.insert(name.to_owned(), count.round() as u64);

    let by_http = |address: SocketAddr, requests| {
        let mut client = Client::connect(address)?;
        (0..requests).try_for_each(|_| client.hello())
    };
    for (name, server) in [
        ("hello", ours.sibling("ours")),
        ("mounts", ours.sibling("mounts")),
        ("adaptor", ours.sibling("adaptor")),
        ("log", access_log::logged(&ours, &scratch)),
        ("site", access_log::site(&ours, &scratch)),
        ("files", files::with_hello(&ours, &scratch)?),
        ("metrics", metrics),
    ] {
        progress(&format!("instructions of {name}"));
        insert(name, per_request(&server, &scratch, by_http)?);
    }
    progress("instructions of pipelined");
    let by_batches = |address: SocketAddr, requests: u32| {
        let mut client = Client::connect(address)?;
        (0..requests / BATCH).try_for_each(|_| client.hello_pipelined(BATCH as usize))
    };
    let pipelined = per_request(&ours.sibling("ours"), &scratch, by_batches)?;
    insert("pipelined", pipelined);
    progress("instructions of fastcgi");
    let by_fastcgi = |address: SocketAddr, requests| {
        let mut client = fastcgi::Client::connect(address)?;
        (0..requests).try_for_each(|_| client.hello())
    };
    insert("fastcgi", per_request(&fastcgi, &scratch, by_fastcgi)?);

    let program = peer::build("measure-instructions")?;
    for (name, few, many) in WORK {
        progress(&format!("instructions of {name}"));
        let file = scratch.path("callgrind");
        let fewer = least(&program, name, few, &file)?;
        let more = least(&program, name, many, &file)?;
        insert(name, (more - fewer) as f64 / (many - few) as f64);
    }
    Ok(Figures {
        compiler: compiler()?,
        counts,
    })
}

/// The smallest of several counts. Randomness in the work only adds to it.
fn least(program: &Path, work: &str, times: u64, file: &Path) -> Result<u64> {
    (0..RUNS).try_fold(u64::MAX, |least, _| {
        Ok(least.min(total(program, work, times, file)?))
    })
}

/// The instructions of a program that repeats a piece of work.
fn total(program: &Path, work: &str, times: u64, counts: &Path) -> Result<u64> {
    let status = Command::new("valgrind")
        .args(["--quiet", "--tool=callgrind"])
        .arg(format!("--callgrind-out-file={}", counts.display()))
        .arg(program)
        .args([work, &times.to_string()])
        .status()?;
    if !status.success() {
        return Err(format!("{work}: {status}").into());
    }
    let total = instructions::total(&fs::read_to_string(counts)?);
    total.ok_or_else(|| "callgrind's file has no total".into())
}

/// The compiler by its version and the system it compiles for.
fn compiler() -> Result<String> {
    let output = Command::new("rustc").arg("-vV").output()?;
    let text = String::from_utf8(output.stdout)?;
    let value = |name: &str| text.lines().find_map(|line| line.strip_prefix(name));
    let (version, host) = (value("release: "), value("host: "));
    let both = version.zip(host);
    let (version, host) = both.ok_or("rustc does not say its version")?;
    Ok(format!("{version} {host}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(compiler: &str, counts: &[(&str, u64)]) -> Figures {
        let counts = counts
            .iter()
            .map(|(name, count)| (name.to_string(), *count));
        Figures {
            compiler: compiler.to_owned(),
            counts: counts.collect(),
        }
    }

    #[test]
    fn figures_are_read_as_they_were_written() {
        let written = figures(
            "1.95.0 x86_64-unknown-linux-gnu",
            &[("hello", 4200), ("parse", 7)],
        );
        assert_eq!(Figures::parse(&written.to_text()).unwrap(), written);
        assert!(Figures::parse("hello\n").is_err());
        assert!(Figures::parse("hello many\n").is_err());
    }

    #[test]
    fn a_count_above_the_tolerance_is_found() {
        let before = figures("a", &[("hello", 1000), ("parse", 100)]);
        let at_the_edge = figures("a", &[("hello", 1030), ("parse", 50), ("new", 1)]);
        assert!(before.exceeded_by(&at_the_edge).is_empty());
        let past_it = figures("a", &[("hello", 1031)]);
        assert_eq!(
            before.exceeded_by(&past_it),
            [
                "hello takes 1031 instructions, more than 3% above 1000",
                "parse is in tests/peers/instructions.txt and was not counted",
            ]
        );
    }

    #[test]
    fn counts_of_another_compiler_are_shown_and_fail_nothing() {
        let (before, after) = (
            figures("a", &[("hello", 1000)]),
            figures("b", &[("hello", 2000)]),
        );
        assert!(before.exceeded_by(&after).is_empty());
        let table = before.beside(&after);
        assert!(table.contains("the figures are of a\n"), "{table}");
        assert!(table.contains("+100.0 %"), "{table}");
    }

    #[test]
    fn the_figures_that_are_checked_in_are_complete() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let text = fs::read_to_string(root.join(FIGURES)).unwrap();
        let figures = Figures::parse(&text).unwrap();
        let names: Vec<_> = figures.counts.keys().map(String::as_str).collect();
        let expected = [
            "adaptor",
            "fastcgi",
            "files",
            "hello",
            "log",
            "metrics",
            "mounts",
            "multipart",
            "parse",
            "pipelined",
            "session",
            "site",
        ];
        assert_eq!(names, expected);
    }
}
