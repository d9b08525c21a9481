//! The clients: several of each kind, which visit the server again and again.

use std::{
    io,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    thread,
    time::Duration,
};

use crate::{
    connection::Connection,
    server::{LARGE, Site, TICK, TICKS},
    support::{get, put_chunks, random::Random},
};

/// A visit of a client. It returns the number of requests that were answered.
type Visit = fn(&Site, &mut Random) -> io::Result<u64>;

/// The kinds, with the number of clients of each.
const KINDS: [(&str, Visit, u64); 10] = [
    ("keep-alive", keep_alive, 3),
    ("a connection per request", one_by_one, 2),
    ("TLS", encrypted, 3),
    ("pipelining", pipelining, 2),
    ("downloads", downloads, 2),
    ("uploads", uploads, 3),
    ("slow", slow, 20),
    ("slow application", sleeping, 3),
    ("live pages", live, 30),
    ("aborting", aborting, 3),
];

/// The clients together.
#[derive(Debug, Default)]
pub(crate) struct Crowd {
    counts: [AtomicU64; KINDS.len()],
    is_over: AtomicBool,
    faults: Mutex<Vec<String>>,
}

impl Crowd {
    /// Visits a site for this time, and does something else meanwhile.
    pub(crate) fn visit(site: &Site, time: Duration, meanwhile: impl FnOnce(&Self)) -> Self {
        let crowd = Self::default();
        let kinds = KINDS.iter().zip(&crowd.counts);
        thread::scope(|scope| {
            for ((name, visit, clients), count) in kinds {
                for number in 0..*clients {
                    let crowd = &crowd;
                    scope.spawn(move || crowd.repeat(name, *visit, count, site, number));
                }
            }
            let began = std::time::Instant::now();
            meanwhile(&crowd);
            thread::sleep(time.saturating_sub(began.elapsed()));
            crowd.is_over.store(true, Relaxed);
        });
        crowd
    }

    fn repeat(&self, name: &str, visit: Visit, count: &AtomicU64, site: &Site, seed: u64) {
        let mut random = Random::new(seed);
        while !self.is_over.load(Relaxed) {
            match visit(site, &mut random) {
                Ok(requests) => drop(count.fetch_add(requests, Relaxed)),
                Err(error) => {
                    self.faults.lock().unwrap().push(format!("{name}: {error}"));
                    return;
                }
            }
        }
    }

    pub(crate) fn requests(&self) -> u64 {
        self.counts.iter().map(|count| count.load(Relaxed)).sum()
    }

    /// The number of requests of each kind.
    pub(crate) fn kinds(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let names = KINDS.iter().map(|(name, ..)| *name);
        names.zip(self.counts.iter().map(|count| count.load(Relaxed)))
    }

    pub(crate) fn faults(&self) -> Vec<String> {
        self.faults.lock().unwrap().clone()
    }
}

fn check(body: &[u8], expected: &[u8]) -> io::Result<()> {
    match body == expected {
        true => Ok(()),
        false => Err(io::Error::other(format!(
            "a wrong body of {} bytes",
            body.len()
        ))),
    }
}

fn keep_alive(site: &Site, _: &mut Random) -> io::Result<u64> {
    let mut connection = Connection::plain(site)?;
    for _ in 0..200 {
        check(&connection.ask(get("/"))?, b"small")?;
    }
    Ok(200)
}

fn one_by_one(site: &Site, _: &mut Random) -> io::Result<u64> {
    check(&Connection::plain(site)?.ask(get("/"))?, b"small")?;
    thread::sleep(Duration::from_millis(2)); // the machine has a limited number of ports
    Ok(1)
}

fn encrypted(site: &Site, random: &mut Random) -> io::Result<u64> {
    let mut connection = Connection::encrypted(site)?;
    let count = 1 + random.below(20);
    for _ in 0..count {
        check(&connection.ask(get("/"))?, b"small")?;
    }
    if random.chance(20) {
        let (upload, expected) = upload(random);
        check(&connection.ask(upload)?, &expected)?;
        check(&connection.ask(get("/bytes"))?, &vec![b'x'; LARGE])?;
    }
    Ok(count)
}

fn pipelining(site: &Site, _: &mut Random) -> io::Result<u64> {
    let mut connection = Connection::plain(site)?;
    for _ in 0..20 {
        connection.send(get("/").repeat(16))?;
        for _ in 0..16 {
            check(&connection.response()?, b"small")?;
        }
    }
    Ok(320)
}

fn downloads(site: &Site, random: &mut Random) -> io::Result<u64> {
    let mut connection = Connection::plain(site)?;
    for _ in 0..4 {
        let path = random.pick(&["/bytes", "/file", "/chunks", "/written"]);
        check(&connection.ask(get(path))?, &vec![b'x'; LARGE])?;
    }
    Ok(4)
}

fn uploads(site: &Site, random: &mut Random) -> io::Result<u64> {
    let mut connection = Connection::plain(site)?;
    for _ in 0..8 {
        let (upload, expected) = upload(random);
        check(&connection.ask(upload)?, &expected)?;
    }
    Ok(8)
}

/// An upload, with the answer to it.
fn upload(random: &mut Random) -> (Vec<u8>, Vec<u8>) {
    let most = random.pick(&[10, 5_000, 70_000, 1_000_000]);
    let body: String = (0..random.below(most))
        .map(|at| char::from(b'a' + (at % 26) as u8))
        .collect();
    let sum: u64 = body.bytes().map(u64::from).sum();
    let answer = format!("{} {sum}", body.len());
    let upload = match random.chance(50) {
        true => crate::support::put("/count", &body),
        false => {
            let (first, second) = body.split_at(body.len() / 3);
            let chunks = [first, second];
            let chunks = chunks.into_iter().filter(|chunk| !chunk.is_empty());
            put_chunks("/count", &chunks.collect::<Vec<_>>())
        }
    };
    (upload.into_bytes(), answer.into_bytes())
}

/// A slow head, a slow body, or a slow reader.
fn slow(site: &Site, random: &mut Random) -> io::Result<u64> {
    let mut connection = match random.chance(30) {
        true => Connection::encrypted(site)?,
        false => Connection::plain(site)?,
    };
    let pause = || thread::sleep(Duration::from_millis(10));
    match random.below(3) {
        0 => {
            for byte in get("/").bytes() {
                connection.send([byte])?;
                pause();
            }
            check(&connection.response()?, b"small")?;
        }
        1 => {
            connection.send("PUT /count HTTP/1.1\r\nHost: a\r\nContent-Length: 50\r\n\r\n")?;
            for _ in 0..50 {
                connection.send("1")?;
                pause();
            }
            check(&connection.response()?, b"50 2450")?;
        }
        _ => {
            connection.send(get(random.pick(&["/bytes", "/file", "/chunks"])))?;
            for _ in 0..20 {
                connection.receive()?;
                pause();
            }
            check(&connection.response()?, &vec![b'x'; LARGE])?;
        }
    }
    Ok(1)
}

fn sleeping(site: &Site, _: &mut Random) -> io::Result<u64> {
    let mut connection = Connection::plain(site)?;
    for _ in 0..10 {
        check(&connection.ask(get("/sleep"))?, b"slept")?;
    }
    Ok(10)
}

fn live(site: &Site, random: &mut Random) -> io::Result<u64> {
    let mut connection = match random.chance(50) {
        true => Connection::encrypted(site)?,
        false => Connection::plain(site)?,
    };
    for _ in 0..4 {
        check(
            &connection.ask(get("/live"))?,
            TICK.repeat(TICKS).as_bytes(),
        )?;
    }
    // Leaves an open page.
    connection.send(get("/live"))?;
    connection.receive()?;
    Ok(5)
}

/// Leaves in the middle of something, by an end or a reset.
fn aborting(site: &Site, random: &mut Random) -> io::Result<u64> {
    let mut connection = match random.chance(50) {
        true => Connection::encrypted(site)?,
        false => Connection::plain(site)?,
    };
    let request = match random.below(3) {
        0 => get(random.pick(&["/bytes", "/file", "/chunks", "/written", "/sleep", "/live"]))
            .into_bytes(),
        _ => upload(random).0,
    };
    let sent = match random.chance(50) {
        true => request.len(),
        false => random.below(request.len() as u64) as usize,
    };
    connection.send(&request[..sent])?;
    if sent == request.len() && random.chance(50) {
        connection.receive()?;
    }
    if random.chance(50) {
        let socket = connection.stream.socket();
        rustix::net::sockopt::set_socket_linger(socket, Some(Duration::ZERO))?;
    }
    thread::sleep(Duration::from_millis(1));
    Ok(1)
}
