//! What the command line asks for.

use std::time::Duration;

use super::Result;
use super::peer;

pub(super) const USAGE: &str = "\
cargo xtask bench [--only MEASURE,..] [--peers NAME,..] [--rounds N] [--seconds S]
cargo xtask bench --check [--write]

  --only     instructions, cpu, concurrency, rest, idle of servers; fronts, cookies, sessions,
             forms; by default all
  --peers    servers to compare with ours; by default all of tests/peers
  --rounds   how often each figure is taken, 5 by default
  --seconds  how long each run under load lasts, 3 by default
  --check    compares instruction counts with the figures that are checked in, and fails where
             one is more than 3% above; with --write, writes the figures anew
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
    /// Wake-ups of a server that has nothing to do.
    Rest,
    /// Ten thousand idle connections.
    Idle,
    /// Our server behind nginx, against others behind it.
    Fronts,
    /// Values that are signed and verified.
    Cookies,
    /// Sessions that are loaded and saved, in every store.
    Sessions,
    /// A form with a large file.
    Forms,
}

impl Measure {
    const ALL: [(&str, Self); 9] = [
        ("instructions", Self::Instructions),
        ("cpu", Self::Cpu),
        ("concurrency", Self::Concurrency),
        ("rest", Self::Rest),
        ("idle", Self::Idle),
        ("fronts", Self::Fronts),
        ("cookies", Self::Cookies),
        ("sessions", Self::Sessions),
        ("forms", Self::Forms),
    ];

    fn is_of_servers(self) -> bool {
        !matches!(
            self,
            Self::Fronts | Self::Cookies | Self::Sessions | Self::Forms
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
    /// The servers to measure; ours is always the first.
    pub(super) peers: Vec<&'static str>,
    pub(super) rounds: usize,
    /// How long one run under load lasts, in whole seconds, as wrk wants it.
    pub(super) duration: Duration,
}

impl Options {
    /// Reads the arguments; `None` when help is asked for.
    pub(super) fn parse(args: &[String]) -> Result<Option<Self>> {
        let mut options = Self {
            only: Measure::ALL.map(|(_, measure)| measure).to_vec(),
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

    /// Whether anything is measured for which servers run.
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
    fn everything_is_measured_by_default() {
        let options = parse("").unwrap().unwrap();
        assert!(
            Measure::ALL
                .iter()
                .all(|(_, measure)| options.measures(*measure))
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
    fn what_is_no_comparison_of_servers_needs_none() {
        let servers = |line| parse(line).unwrap().unwrap().measures_servers();
        assert!(!servers("--only fronts,cookies,sessions,forms"));
        assert!(servers("--only forms,rest"));
        assert!(servers(""));
    }

    #[test]
    fn help_is_no_run() {
        assert!(parse("--rounds 2 --help").unwrap().is_none());
    }

    #[test]
    fn what_is_not_known_is_refused() {
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
