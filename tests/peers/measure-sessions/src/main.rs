//! `measure-sessions CONTENDER PLACE THREADS SECONDS` loads and saves sessions from this number of
//! threads, and prints the number per second. `measure-sessions serve SOCKET FILE` is the session
//! server.

mod floor;
mod ours;
mod run;
mod tower;

use std::env;
use std::error::Error;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use wsgi_sessions::{FileStore, MemoryStore, RedisStore, SessionServer, SocketStore};

use self::ours::{load, load_and_save, reads, save};
use self::run::Run;

/// The number of sessions. Each thread has a part of them.
const SESSIONS: usize = 1024;

/// The data of a session: a name, a number and a list, as in a small shop.
const DATA: &str = r#"{"basket":[[1807,1],[22,3],[90210,1]],"seen":["teapots","kettles","cups"],"user":"Ada Lovelace","visits":1815,"token":"Qm2xTzR9sKfYw0Jd5LhPvNcE8uGaIo4W"}"#;

type Result<T = (), E = Box<dyn Error>> = std::result::Result<T, E>;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match arguments[..] {
        ["serve", socket, file] => serve(Path::new(socket), Path::new(file)),
        [contender, place, threads, seconds] => measure(contender, place, threads, seconds),
        _ => Err("measure-sessions CONTENDER PLACE THREADS SECONDS".into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("measure-sessions: {error}");
            ExitCode::FAILURE
        }
    }
}

fn serve(socket: &Path, file: &Path) -> Result {
    let server = SessionServer::builder(FileStore::open(file)?).bind(socket)?;
    println!("listening on {}", socket.display());
    Ok(server.run()?)
}

fn measure(contender: &str, place: &str, threads: &str, seconds: &str) -> Result {
    let run = Run {
        threads: threads.parse()?,
        duration: Duration::from_secs(seconds.parse()?),
    };
    let rate = match contender {
        "memory" => run.of(&MemoryStore::new(), load_and_save)?,
        "memory-load" => run.of(&MemoryStore::new(), load)?,
        "memory-read" => reads(run)?,
        "tower-memory" => tower::rate(run)?,
        "file-save" => run.of(&FileStore::open(place)?, save)?,
        "socket-load" => run.of(&SocketStore::new(place), load)?,
        "socket-save" => run.of(&SocketStore::new(place), save)?,
        "redis-load" => run.of(&RedisStore::open(&url(place))?, load)?,
        "redis-save" => run.of(&RedisStore::open(&url(place))?, save)?,
        "redis-get" => floor::redis_get(run, &url(place))?,
        "redis-set" => floor::redis_set(run, &url(place))?,
        "sync" => floor::sync(run, Path::new(place))?,
        other => return Err(format!("no contender `{other}`").into()),
    };
    println!("per-second {rate}");
    Ok(())
}

fn url(socket: &str) -> String {
    format!("unix://{socket}")
}
