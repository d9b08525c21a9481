//! The command line of `bench`.

use std::time::Duration;

use super::peer;
use crate::result::Result;

pub(super) const USAGE: &str = "\
cargo xtask bench [--only MEASURE,..] [--peers NAME,..] [--rounds N] [--seconds S]
cargo xtask bench --check [--write]

  --only     of servers: instructions, cpu, concurrency, rest, idle; others: log, fronts, tls,
             cookies, sessions, forms, compression, files, footprint, picking, updates; by
             default all of these. Only by name, since they install servers for Python from PyPI:
             python, python-conformance
  --peers    the servers to compare with ours, also by footprint; by default all of
             tests/peers
  --rounds   the number of rounds, 5 by default; each takes every figure once
  --seconds  the length of each run under load, 3 by default
  --check    compare instruction counts with the recorded figures, and fail if one is more than
             3% above; with --write, record the counts
";

/// One family of figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Measure {
    /// User-space instructions per request.
    Instructions,
    /// CPU time per request, throughput and p99.
    Cpu,
    /// Requests that sleep, alone and beside others.
    Concurrency,
    /// Our server with an access log and without.
    AccessLog,
    /// Wake-ups of a server without requests.
    Rest,
    /// Ten thousand idle connections.
    Idle,
    /// Our server behind nginx, compared with others.
    Fronts,
    /// Handshakes, requests, bytes and idle connections by TLS.
    Tls,
    /// Signing and verifying of values.
    Cookies,
    /// Loading and saving of sessions, in every store.
    Sessions,
    /// A form with a large file.
    Forms,
    /// Compressed responses.
    Compression,
    /// Servers of files.
    Files,
    /// Updates of one session by many clients.
    Updates,
    /// Crates, lines, build time and size of a first program.
    Footprint,
    /// Crates, lines and build time of single crates, and of those that they take the place of.
    Picking,
    /// Servers for Python's applications: their speed.
    Python,
    /// Servers for Python's applications: which rules of PEP 3333 they keep.
    PythonConformance,
}

impl Measure {
    const ALL: [(&str, Self); 18] = [
        ("instructions", Self::Instructions),
        ("cpu", Self::Cpu),
        ("concurrency", Self::Concurrency),
        ("log", Self::AccessLog),
        ("rest", Self::Rest),
        ("idle", Self::Idle),
        ("fronts", Self::Fronts),
        ("tls", Self::Tls),
        ("cookies", Self::Cookies),
        ("sessions", Self::Sessions),
        ("forms", Self::Forms),
        ("compression", Self::Compression),
        ("files", Self::Files),
        ("updates", Self::Updates),
        ("python", Self::Python),
        ("python-conformance", Self::PythonConformance),
        ("footprint", Self::Footprint),
        ("picking", Self::Picking),
    ];

    /// All measures, in the order in which they are taken.
    pub(super) fn in_order() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().map(|(_, measure)| measure)
    }

    /// Whether it is taken without being named.
    fn is_by_default(self) -> bool {
        !matches!(self, Self::Python | Self::PythonConformance)
    }

    /// Whether it compares our server with the other ones of `tests/peers`.
    fn is_of_servers(self) -> bool {
        matches!(
            self,
            Self::Instructions | Self::Cpu | Self::Concurrency | Self::Rest | Self::Idle
        )
    }

    fn named(name: &str) -> Result<Self> {
        let found = Self::ALL.iter().find(|(known, _)| *known == name);
        found
            .map(|(_, measure)| *measure)
            .ok_or_else(|| format!("no measure `{name}`").into())
    }
}

/// The options of one run.
#[derive(Debug)]
pub(super) struct Options {
    only: Vec<Measure>,
    /// The servers to measure. Ours is always the first.
    pub(super) peers: Vec<&'static str>,
    pub(super) rounds: usize,
    /// The length of a run under load. wrk requires whole seconds.
    pub(super) duration: Duration,
}

impl Options {
    /// Whether no peers were chosen.
    pub(super) fn has_all_peers(&self) -> bool {
        self.peers.len() == peer::names().count()
    }

    /// Reads the arguments. `None` if they ask for help.
    pub(super) fn parse(args: &[String]) -> Result<Option<Self>> {
        let mut options = Self {
            only: Measure::in_order()
                .filter(|measure| measure.is_by_default())
                .collect(),
            peers: peer::names().collect(),
            rounds: 5,
            duration: Duration::from_secs(3),
        };
        let mut args = args.iter();
        while let Some(name) = args.next() {
            if name == "--help" || name == "-h" {
                return Ok(None);
            }
            let value = args
                .next()
                .ok_or_else(|| format!("{name} needs a value\n{USAGE}"))?;
            match name.as_str() {
                "--only" => {
                    options.only = value
                        .split(',')
                        .map(Measure::named)
                        .collect::<Result<_>>()?;
                }
                "--peers" => options.peers = peers(value)?,
                "--rounds" => options.rounds = at_least_one(value)?,
                "--seconds" => options.duration = Duration::from_secs(at_least_one(value)? as u64),
                _ => return Err(format!("unknown option {name}\n{USAGE}").into()),
            }
        }
        Ok(Some(options))
    }

    /// Whether a selected figure needs the servers.
    pub(super) fn measures_servers(&self) -> bool {
        self.only.iter().any(|measure| measure.is_of_servers())
    }

    pub(super) fn measures(&self, measure: Measure) -> bool {
        self.only.contains(&measure)
    }
}

/// The peers of a comma-separated list, after ours.
fn peers(list: &str) -> Result<Vec<&'static str>> {
    let known = |name| {
        peer::names().find(|known| *known == name).ok_or_else(|| {
            let known = peer::names().collect::<Vec<_>>().join(", ");
            format!("no peer `{name}`; there are {known}")
        })
    };
    let mut peers = vec![peer::OURS];
    for name in list.split(',') {
        let name = known(name)?;
        if !peers.contains(&name) {
            peers.push(name);
        }
    }
    Ok(peers)
}

fn at_least_one(value: &str) -> Result<usize> {
    match value.parse() {
        Ok(number) if number > 0 => Ok(number),
        _ => Err(format!("`{value}` is not a number above zero").into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Option<Options>> {
        Options::parse(
            &line
                .split_whitespace()
                .map(str::to_owned)
                .collect::<Vec<_>>(),
        )
    }

    #[test]
    fn everything_is_measured_by_default_but_python() {
        let options = parse("").unwrap().unwrap();
        assert!(
            Measure::ALL
                .iter()
                .all(|(name, measure)| options.measures(*measure) != name.starts_with("python"))
        );
        assert_eq!(options.peers[0], peer::OURS);
    }

    #[test]
    fn ours_is_measured_beside_the_peers_that_are_named() {
        let options = parse("--peers hyper,bare,hyper --only cpu,idle")
            .unwrap()
            .unwrap();
        assert_eq!(options.peers, [peer::OURS, "hyper", "bare"]);
        assert!(options.measures(Measure::Cpu) && options.measures(Measure::Idle));
        assert!(!options.measures(Measure::Rest));
    }

    #[test]
    fn only_comparisons_of_servers_need_servers() {
        let servers = |line| parse(line).unwrap().unwrap().measures_servers();
        assert!(!servers("--only log,fronts,cookies,sessions,forms,files"));
        assert!(servers("--only forms,rest"));
        assert!(servers(""));
    }

    #[test]
    fn the_page_of_figures_names_every_measure_by_a_command_that_works() {
        let page = include_str!("../../../crates/wsgi/FIGURES.md");
        let commands = page.split("cargo xtask bench ").skip(1);
        let lines = commands.filter_map(|rest| rest.split(['`', '#']).next());
        let mut named = Vec::new();
        for line in lines.filter(|line| line.starts_with("--only")) {
            named.extend(parse(line).unwrap().unwrap().only);
        }
        for (name, measure) in Measure::ALL {
            assert!(named.contains(&measure), "{name}");
        }
    }

    #[test]
    fn help_starts_no_run() {
        assert!(parse("--rounds 2 --help").unwrap().is_none());
    }

    #[test]
    fn unknown_arguments_are_refused() {
        for line in [
            "--rounds",
            "--rounds 0",
            "--seconds x",
            "--only speed",
            "--peers me",
            "-x 1",
        ] {
            assert!(parse(line).is_err(), "{line}");
        }
    }
}
