//! One round: a server, its clients, and its end.

use std::{
    fs, io,
    net::TcpListener,
    sync::{
        Arc, Weak,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use wsgi_environ::Errors;
use wsgi_server::{Handle, Listener, Protocol, Server};

#[cfg(feature = "tls")]
use crate::tunnel;
use crate::{
    application::{application, prepare},
    client::{Client, is_fragile},
    ledger::{End, Fate, Ledger},
    limits::Limits,
    support::{PATIENCE, folder::Folder, random::Random},
};

/// Everything that is decided before a round begins.
#[derive(Clone, Debug)]
pub(crate) struct Round {
    random: Random,
    protocol: Protocol,
    by_tls: bool,
    on_unix: bool,
    threads: usize,
    max_threads: usize,
    max_stuck: usize,
    max_connections: usize,
    /// Whether large bodies are spooled.
    spool: bool,
    clients: usize,
    run: Run,
    end: Ending,
    /// The time until the end, in microseconds.
    after: u64,
    /// Whether the application is replaced during the round.
    replace: bool,
    limits: Limits,
}

/// A number of connections that no round reaches.
const MANY: usize = 1_000;

/// The way in which the server runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Run {
    Forever,
    /// One request after another, on this many threads.
    OneByOne(usize),
    /// Both at once.
    Both,
}

/// The way in which the server ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    Shutdown,
    Abort,
    /// Several handles, of which one aborts later.
    Several,
}

/// The result of a round.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) requests: usize,
    pub(crate) answered: usize,
    pub(crate) faults: Vec<String>,
}

impl Round {
    pub(crate) fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let threads = 1 + random.below(3) as usize;
        let protocol = random.pick(&[
            Protocol::Http,
            Protocol::Http,
            Protocol::FastCgi,
            Protocol::Scgi,
            Protocol::Uwsgi,
        ]);
        let wants_tls = random.chance(50);
        Self {
            protocol,
            by_tls: cfg!(feature = "tls") && protocol == Protocol::Http && wants_tls,
            on_unix: random.chance(30),
            threads,
            max_threads: 2 * threads + random.pick(&[0, 0, 1, 3, 40]),
            max_stuck: random.pick(&[0, 2, 64]),
            max_connections: random.pick(&[1, 2, 3, 6, MANY, MANY, MANY]),
            spool: random.chance(50),
            clients: match random.chance(15) {
                true => 40 + random.below(80) as usize,
                false => 1 + random.below(24) as usize,
            },
            run: random.pick(&[
                Run::Forever,
                Run::Forever,
                Run::Forever,
                Run::Forever,
                Run::Both,
                Run::OneByOne(1),
                Run::OneByOne(3),
            ]),
            end: random.pick(&[
                Ending::Shutdown,
                Ending::Shutdown,
                Ending::Shutdown,
                Ending::Shutdown,
                Ending::Abort,
                Ending::Several,
            ]),
            after: random.pick(&[0, 300, 1_000, 5_000, 25_000, 60_000, 120_000]),
            replace: random.chance(30),
            limits: Limits::new(&mut random),
            random,
        }
    }

    /// Plays the round.
    pub(crate) fn play(mut self) -> Report {
        prepare();
        let mut faults = Vec::new();
        let (descriptors, ledger) = (descriptors(), Arc::new(Ledger::default()));
        let folder = Folder::new();
        let (server, former) = self.server(&folder, &ledger);
        let watch = ThreadWatch::begin();
        let running = self.start(&server);
        let clients: Vec<_> = (0..self.clients)
            .map(|_| {
                let client = Client::new(
                    server.local_addr(),
                    self.protocol,
                    self.by_tls,
                    ledger.clone(),
                    self.random.fork(),
                );
                thread::spawn(move || client.run())
            })
            .collect();
        thread::sleep(Duration::from_micros(self.after / 2));
        if self.replace {
            server.set_app(application(ledger.clone()));
        }
        thread::sleep(Duration::from_micros(self.after / 2));
        let ended = Instant::now();
        self.end(&server.handle());
        for (name, thread) in running {
            if !within(PATIENCE, || thread.is_finished()) {
                faults.push(format!("{name} does not return"));
                return Report {
                    faults,
                    ..Report::default()
                };
            }
            match thread.join() {
                Ok(Ok(())) => {}
                result => faults.push(format!("{name}: {result:?}")),
            }
        }
        let took = ended.elapsed();
        if took > Duration::from_secs(8) {
            faults.push(format!("the end took {took:?}"));
        }
        for client in clients {
            if client.join().is_err() {
                faults.push("a client panicked".to_owned());
            }
        }
        let most = watch.end();
        // Neither those that are stuck count, nor the one that reports them.
        let most = most.saturating_sub(self.max_stuck + 1);
        if matches!(self.run, Run::Forever) && most > self.max_threads {
            faults.push(format!("{most} threads, limited to {}", self.max_threads));
        }
        drop(server);
        if !within(PATIENCE, || former.strong_count() == 0) {
            faults.push("the former application lives on".to_owned());
        }
        if !within(PATIENCE, || ledger.miscounted().is_empty()) {
            faults.extend(ledger.miscounted());
        }
        if !within(PATIENCE, || threads() == 0) {
            faults.push(format!("{} threads are left", threads()));
        }
        drop(folder);
        if !within(PATIENCE, || self::descriptors() <= descriptors) {
            faults.push(format!(
                "{} descriptors, {descriptors} before",
                self::descriptors()
            ));
        }
        let fates = ledger.fates();
        let answered = fates.iter().filter(|fate| fate.end == End::Answered);
        let answered = answered.count();
        faults.extend(fates.iter().filter_map(|fate| self.judge(fate, ended)));
        let refused = fates
            .iter()
            .filter(|fate| matches!(fate.end, End::Refused(_)));
        let called = refused.filter(|fate| ledger.has_called(fate.task.number));
        faults.extend(called.map(|fate| format!("refused after a call: {:?}", fate.task)));
        Report {
            requests: fates.len().max(ledger.called()),
            answered,
            faults,
        }
    }

    /// The server, and a reference that lives as long as its first application.
    fn server(&self, folder: &Folder, ledger: &Arc<Ledger>) -> (Arc<Server>, Weak<()>) {
        let listener: Listener = match self.on_unix {
            true => Listener::bind_unix(folder.join("s"), 0o600).unwrap(),
            false => TcpListener::bind("127.0.0.1:0").unwrap().into(),
        };
        #[cfg(feature = "tls")]
        let listener = match self.by_tls {
            true => listener.tls(tunnel::setup()),
            false => listener,
        };
        let builder = self
            .limits
            .set(Server::builder())
            .listener(listener)
            .protocol(self.protocol)
            .threads(self.threads)
            .max_threads(self.max_threads)
            .max_stuck_threads(self.max_stuck)
            .max_connections(self.max_connections)
            .spool_bodies(self.spool)
            .keep_alive(Duration::from_secs(4))
            .max_backtrace_lines(Some(0))
            .errors(Errors::discard());
        let life = Arc::new(());
        let former = Arc::downgrade(&life);
        let inner = application(ledger.clone());
        let app =
            move |environ: &mut wsgi_application::Environ,
                  start_response: &mut wsgi_application::StartResponse<'_>| {
                let _ = &life;
                inner(environ, start_response)
            };
        (Arc::new(builder.build(app).unwrap()), former)
    }

    fn start(&self, server: &Arc<Server>) -> Vec<(&'static str, JoinHandle<io::Result<()>>)> {
        let forever = || {
            let server = server.clone();
            let run = move || match server.serve_forever() {
                // It may have been told to end before it began.
                Err(error) if error.kind() == io::ErrorKind::NotConnected => Ok(()),
                result => result,
            };
            ("serve_forever", thread::spawn(run))
        };
        let one_by_one = || {
            let server = server.clone();
            let run = move || {
                while server.handle_request().is_ok() {}
                Ok(())
            };
            ("handle_request", thread::spawn(run))
        };
        match self.run {
            Run::Forever => vec![forever()],
            Run::OneByOne(count) => (0..count).map(|_| one_by_one()).collect(),
            Run::Both => {
                let first = one_by_one();
                vec![first, forever()]
            }
        }
    }

    fn end(&mut self, handle: &Handle) {
        match self.end {
            Ending::Shutdown => handle.shutdown(),
            Ending::Abort => handle.abort(),
            Ending::Several => {
                let handles: Vec<_> = (0..3).map(|_| handle.clone()).collect();
                handles[0].shutdown();
                let pause = Duration::from_micros(self.random.below(4_000));
                let later = thread::spawn(move || {
                    handles[1].shutdown();
                    thread::sleep(pause);
                    handles[2].abort();
                });
                later.join().unwrap();
            }
        }
    }

    /// The fault in the fate of a request, if there is one. The server was told to end at `ended`.
    fn judge(&self, fate: &Fate, ended: Instant) -> Option<String> {
        let limits = match self.protocol == Protocol::Http && !self.on_unix {
            true => self.limits,
            false => self.limits.without_addresses(),
        };
        if limits.allow(fate, self.by_tls) {
            return None;
        }
        let why = match &fate.end {
            // A deadline cuts, and a client that has ended its side has left a live page.
            End::Nothing(_) | End::BrokenOff(_) if fate.may_be_cut() => return None,
            End::Answered => "answered beyond the limit".to_owned(),
            End::Refused(why) => format!("refused: {why}"),
            End::Wrong(why) => format!("wrong: {why}"),
            End::Nothing(why) if why != "timed out" && !self.must_answer(fate, ended) => {
                return None;
            }
            End::BrokenOff(_) if self.end != Ending::Shutdown => return None,
            End::Nothing(why) => format!("no answer: {why}"),
            End::BrokenOff(why) => format!("broken off: {why}"),
        };
        let relative = |at: Instant| {
            let since = at.saturating_duration_since(ended).as_micros() as i64;
            since - ended.saturating_duration_since(at).as_micros() as i64
        };
        Some(format!(
            "{:?} of {}: {why}; connected at {} and sent at {:?} µs of the end, after {} others",
            fate.task,
            fate.client,
            relative(fate.connected),
            fate.sent.map(relative),
            fate.before
        ))
    }

    /// Whether the end promises an answer.
    fn must_answer(&self, fate: &Fate, ended: Instant) -> bool {
        let Some(sent) = fate.sent else { return false };
        let is_served = match self.run {
            Run::OneByOne(_) => false,
            // `handle_request` closes the connection, which FastCGI cannot announce.
            Run::Both if self.protocol == Protocol::FastCgi && fate.before > 0 => false,
            // It may be over before `serve_forever` begins.
            Run::Both if self.after < 60_000 => false,
            Run::Forever | Run::Both => self.end == Ending::Shutdown,
        };
        let soon = fate.before == 0
            && fate.connected < ended
            && sent.saturating_duration_since(ended) < Duration::from_millis(300);
        is_served && !is_fragile(&fate.task) && (sent < ended || soon)
    }
}

/// Waits until `holds` returns true. Returns false if it does not in this time.
fn within(time: Duration, mut holds: impl FnMut() -> bool) -> bool {
    let end = Instant::now() + time;
    while !holds() {
        if Instant::now() >= end {
            return false;
        }
        thread::sleep(Duration::from_millis(1));
    }
    true
}

fn descriptors() -> usize {
    fs::read_dir("/proc/self/fd").map_or(0, Iterator::count)
}

/// The number of threads of servers in this process.
fn threads() -> usize {
    let Ok(tasks) = fs::read_dir("/proc/self/task") else {
        return 0;
    };
    let names = tasks.filter_map(|task| fs::read_to_string(task.ok()?.path().join("comm")).ok());
    names.filter(|name| name.starts_with("wsgi-")).count()
}

/// Counts the threads of servers again and again, and keeps the highest count.
struct ThreadWatch {
    stop: Arc<AtomicBool>,
    most: Arc<AtomicUsize>,
    thread: JoinHandle<()>,
}

impl ThreadWatch {
    fn begin() -> Self {
        let (stop, most) = (Arc::new(AtomicBool::new(false)), Arc::default());
        let thread = thread::spawn({
            let (stop, most): (Arc<AtomicBool>, Arc<AtomicUsize>) =
                (stop.clone(), Arc::clone(&most));
            move || {
                let mut before = 0;
                while !stop.load(SeqCst) {
                    // For a moment, a thread has the name of the one that started it.
                    let now = threads();
                    most.fetch_max(now.min(before), SeqCst);
                    before = now;
                    thread::sleep(Duration::from_millis(1));
                }
            }
        });
        Self { stop, most, thread }
    }

    fn end(self) -> usize {
        self.stop.store(true, SeqCst);
        let _ = self.thread.join();
        self.most.load(SeqCst)
    }
}
