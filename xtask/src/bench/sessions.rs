//! Loading and saving of sessions, in every store, and in the storage below each.

use std::path::Path;

use super::{
    daemon::Daemon, options::Options, peer, program::Program, progress::progress, report::Table,
    tool::need,
};
use crate::{result::Result, scratch::Scratch};

/// A row of a table: a contender of `measure-sessions`, its storage, and its threads.
#[derive(Clone, Copy, Debug)]
struct Row<'a> {
    name: &'static str,
    contender: &'static str,
    place: &'a Path,
    threads: usize,
}

/// A table with its rows.
#[derive(Debug)]
struct Comparison<'a> {
    rows: Vec<Row<'a>>,
    table: Table,
    unit: Unit,
}

#[derive(Clone, Copy, Debug)]
enum Unit {
    PerSecond,
    Microseconds,
    Nanoseconds,
}

/// Measures all stores, or without Redis those that do not need it.
pub(super) fn measure(options: &Options, scratch: &Scratch) -> Result<Vec<Table>> {
    let program = Program::build("measure-sessions")?;
    let server = Daemon::sessions(&program, scratch)?;
    let redis = match need("redis-server") {
        Ok(()) => Some([
            Daemon::redis(false, scratch)?,
            Daemon::redis(true, scratch)?,
        ]),
        Err(error) => {
            println!("\nSessions in Redis are left out: {error}");
            None
        }
    };
    let redis = redis
        .as_ref()
        .map(|redis| redis.each_ref().map(|redis| &*redis.socket));
    let file = scratch.path("sessions.redb");
    let synced = scratch.path("synced");
    let mut comparisons = in_memory()?;
    comparisons.push(in_a_file(&file, &synced));
    comparisons.extend(round_trips(&server.socket, redis));

    let seconds = options.duration.as_secs().to_string();
    for round in 1..=options.rounds {
        for Comparison { rows, table, unit } in &mut comparisons {
            for (number, row) in rows.iter().enumerate() {
                let Row {
                    name,
                    contender,
                    place,
                    threads,
                } = *row;
                progress(&format!("{contender}, {name}, round {round}"));
                let place = place
                    .to_str()
                    .ok_or("the temporary directory is not in UTF-8")?;
                let args = [contender, place, &threads.to_string(), &seconds];
                let rate = program.measure(&args)?.get("per-second")?;
                table.add(number, unit.of(rate));
            }
        }
    }
    Ok(comparisons
        .into_iter()
        .map(|comparison| comparison.table)
        .collect())
}

/// In memory, with one thread and with several.
fn in_memory() -> Result<Vec<Comparison<'static>>> {
    let version = peer::version_of("tower-sessions-memory-store")?;
    let comparison = |threads: usize, how: &str| {
        let row = |name, contender| Row {
            name,
            contender,
            place: Path::new(""),
            threads,
        };
        Comparison::new(
            format!(
                "Loads with a save each per second, in memory, {how}; tower-sessions {version}"
            ),
            Unit::PerSecond,
            vec![row("ours", "memory"), row("tower-sessions", "tower-memory")],
        )
    };
    Ok(vec![
        comparison(1, "alone"),
        comparison(8, "8 at once"),
        reads_in_memory(),
    ])
}

/// A read in memory: of the store alone, and of a value by the cookie of a request.
fn reads_in_memory() -> Comparison<'static> {
    let row = |name, contender| Row {
        name,
        contender,
        place: Path::new(""),
        threads: 1,
    };
    Comparison::new(
        "A read in memory, nanoseconds",
        Unit::Nanoseconds,
        vec![
            row("MemoryStore", "memory-load"),
            row("a value by a cookie", "memory-read"),
        ],
    )
}

/// In a file, with increasing numbers of threads, which share the disk's syncs.
fn in_a_file<'a>(file: &'a Path, synced: &'a Path) -> Comparison<'a> {
    let row = |name, threads| Row {
        name,
        contender: "file-save",
        place: file,
        threads,
    };
    let sync = Row {
        name: "bare sync",
        contender: "sync",
        place: synced,
        threads: 1,
    };
    Comparison::new(
        "Durable saves per second, FileStore",
        Unit::PerSecond,
        vec![
            row("1 thread", 1),
            row("8 threads", 8),
            row("64 threads", 64),
            sync,
        ],
    )
}

/// With a server, one call after the other. Of the two Redis sockets, one server keeps nothing, and
/// the other syncs as the session server does.
fn round_trips<'a>(server: &'a Path, redis: Option<[&'a Path; 2]>) -> Vec<Comparison<'a>> {
    let row = |name, contender, place| Row {
        name,
        contender,
        place,
        threads: 1,
    };
    let mut loads = vec![row("SocketStore", "socket-load", server)];
    let mut saves = Vec::new();
    let mut durable_saves = vec![row("SocketStore", "socket-save", server)];
    if let Some([redis, durable]) = redis {
        loads.push(row("RedisStore", "redis-load", redis));
        loads.push(row("bare GET", "redis-get", redis));
        for (rows, place) in [(&mut saves, redis), (&mut durable_saves, durable)] {
            rows.push(row("RedisStore", "redis-save", place));
            rows.push(row("bare SET", "redis-set", place));
        }
    }
    [
        ("Round trip of a load, microseconds", loads),
        ("Round trip of a save, microseconds, not durable", saves),
        ("Round trip of a save, microseconds, durable", durable_saves),
    ]
    .into_iter()
    .filter(|(_, rows)| !rows.is_empty())
    .map(|(title, rows)| Comparison::new(title, Unit::Microseconds, rows))
    .collect()
}

impl<'a> Comparison<'a> {
    fn new(title: impl Into<String>, unit: Unit, rows: Vec<Row<'a>>) -> Self {
        let table = Table::of(title, rows.iter().map(|row| row.name));
        Self { rows, table, unit }
    }
}

impl Unit {
    fn of(self, per_second: f64) -> f64 {
        match self {
            Self::PerSecond => per_second,
            Self::Microseconds => 1e6 / per_second,
            Self::Nanoseconds => 1e9 / per_second,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_redis_the_session_server_is_measured_alone() {
        let comparisons = round_trips(Path::new("socket"), None);
        let names: Vec<_> = comparisons
            .iter()
            .map(|comparison| {
                comparison
                    .rows
                    .iter()
                    .map(|row| row.contender)
                    .collect::<Vec<_>>()
            })
            .collect();
        assert_eq!(names, [["socket-load"], ["socket-save"]]);
    }

    #[test]
    fn a_rate_of_a_thousand_is_a_millisecond() {
        assert_eq!(Unit::Microseconds.of(1000.0), 1000.0);
        assert_eq!(Unit::Nanoseconds.of(1e6), 1000.0);
        assert_eq!(Unit::PerSecond.of(12.0), 12.0);
    }
}
