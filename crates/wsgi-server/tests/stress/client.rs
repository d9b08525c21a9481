//! Clients with different habits.

use std::{
    io::Write,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use wsgi_server::{Address, Protocol};

use crate::{
    ledger::{End, Fate, Ledger},
    support::random::Random,
    task::{Task, Work},
    wire::{Got, Wire},
};

/// The way in which a client makes its requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Habit {
    /// One request after another on one connection.
    Keeping,
    /// A connection for each request.
    Fresh,
    /// Connects, and waits before it sends.
    Hesitating,
    /// Several requests at once.
    Pipelining,
    /// Sends in pieces and reads late.
    Slow,
    /// Leaves in the middle of a request.
    Aborting,
    /// Ends its side after its request.
    HalfClosing,
}

const HABITS: [Habit; 7] = [
    Habit::Keeping,
    Habit::Fresh,
    Habit::Hesitating,
    Habit::Pipelining,
    Habit::Slow,
    Habit::Aborting,
    Habit::HalfClosing,
];

pub(crate) struct Client {
    pub(crate) address: Address,
    pub(crate) protocol: Protocol,
    pub(crate) by_tls: bool,
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) random: Random,
    habit: Habit,
}

/// Requests that are sent together on one connection.
struct Batch {
    connected: Instant,
    /// The number of requests on the connection before them.
    before: u64,
    tasks: Vec<Task>,
}

impl Client {
    pub(crate) fn new(
        address: Address,
        protocol: Protocol,
        by_tls: bool,
        ledger: Arc<Ledger>,
        mut random: Random,
    ) -> Self {
        let habit = loop {
            let habit = random.pick(&HABITS);
            // Front servers send one request at a time.
            if habit != Habit::Pipelining || protocol == Protocol::Http {
                break habit;
            }
        };
        Self {
            address,
            protocol,
            by_tls,
            ledger,
            random,
            habit,
        }
    }

    /// Makes its connections, until it has made all of them or the server takes no more.
    pub(crate) fn run(mut self) {
        for _ in 0..1 + self.random.below(6) {
            let Ok(mut wire) = Wire::connect(&self.address, self.protocol, self.by_tls) else {
                return;
            };
            let connected = Instant::now();
            if self.habit == Habit::Hesitating {
                self.pause(80);
            }
            if self.habit == Habit::Slow {
                wire.slowness = Duration::from_micros(self.random.below(3_000));
            }
            let requests = match self.habit {
                Habit::Fresh | Habit::Hesitating | Habit::HalfClosing => 1,
                _ => 1 + self.random.below(8),
            };
            let mut before = 0;
            for _ in 0..requests {
                let batch = Batch {
                    connected,
                    before,
                    tasks: self.tasks(),
                };
                before += batch.tasks.len() as u64;
                if self.habit == Habit::Aborting && self.random.chance(40) {
                    self.abort(wire, &batch);
                    break;
                }
                if !self.ask(&mut wire, batch) {
                    break;
                }
                if self.random.chance(20) {
                    self.pause(5);
                }
            }
        }
    }

    fn pause(&mut self, milliseconds: u64) {
        thread::sleep(Duration::from_micros(
            self.random.below(milliseconds * 1000),
        ));
    }

    fn tasks(&mut self) -> Vec<Task> {
        if self.habit != Habit::Pipelining {
            let number = self.ledger.next();
            return vec![Task::any(number, &mut self.random)];
        }
        let count = 1 + self.random.below(5);
        (0..count)
            .map(|_| Task::modest(self.ledger.next(), &mut self.random))
            .collect()
    }

    /// Sends a part of a request and leaves, by a close or by a reset.
    fn abort(&mut self, mut wire: Wire, batch: &Batch) {
        let bytes = wire.request(&batch.tasks[0]);
        let length = self.random.below(bytes.len() as u64 + 1) as usize;
        let _ = wire.send(&bytes[..length]);
        self.pause(10);
        if self.random.chance(50) {
            wire.reset();
        }
    }

    /// Sends requests and takes their responses. Returns whether the connection goes on.
    fn ask(&mut self, wire: &mut Wire, batch: Batch) -> bool {
        let bytes: Vec<u8> = batch
            .tasks
            .iter()
            .flat_map(|task| wire.request(task))
            .collect();
        let sent = match wire.twin() {
            // A body may have to be sent while its response is received.
            Ok(mut twin) if bytes.len() > 16 * 1024 => {
                let sending = thread::spawn(move || {
                    let sent = twin.write_all(&bytes);
                    sent.ok().map(|()| Instant::now())
                });
                let kept = self.receive(wire, batch, None);
                let _ = sending.join();
                return kept;
            }
            _ => self.send(wire, &bytes),
        };
        if self.habit == Habit::HalfClosing {
            wire.finish();
        }
        self.receive(wire, batch, sent)
    }

    fn send(&mut self, wire: &mut Wire, bytes: &[u8]) -> Option<Instant> {
        if self.habit != Habit::Slow {
            wire.send(bytes).ok()?;
            return Some(Instant::now());
        }
        let size = 1 + self.random.below(bytes.len() as u64) as usize;
        for piece in bytes.chunks(size) {
            wire.send(piece).ok()?;
            thread::sleep(wire.slowness);
        }
        Some(Instant::now())
    }

    fn receive(&mut self, wire: &mut Wire, batch: Batch, sent: Option<Instant>) -> bool {
        let mut open = true;
        let Batch {
            connected,
            before,
            tasks,
        } = batch;
        for (before, task) in (before..).zip(&tasks) {
            if !open {
                break; // the last response said that nothing follows
            }
            let end;
            (end, open) = match wire.response() {
                Err(why) => (End::Nothing(why), false),
                Ok(got) => {
                    let end = judge(task, &got, self.protocol, &wire.ended());
                    let is_refused = matches!(end, End::Refused(_));
                    (end, !got.closes && got.complete && !is_refused)
                }
            };
            self.ledger.note(Fate {
                task: *task,
                client: format!("{:?} by {:?}", self.habit, self.protocol),
                is_half_closed: self.habit == Habit::HalfClosing,
                connected,
                before,
                sent,
                end,
            });
        }
        if tasks.iter().any(is_fragile) {
            return false; // whether the connection goes on is not known
        }
        if !open && !wire.is_over() {
            let fate = Fate {
                task: tasks[0],
                client: format!("{:?} by {:?}", self.habit, self.protocol),
                is_half_closed: self.habit == Habit::HalfClosing,
                connected,
                before,
                sent: None,
                end: End::Wrong("bytes after the last response".to_owned()),
            };
            self.ledger.note(fate);
        }
        open
    }
}

/// Compares a response with the expected one.
fn judge(task: &Task, got: &Got, protocol: Protocol, ended: &str) -> End {
    let expected = task.response_body();
    let is_plain = task.status() == 200;
    let broke_off = || {
        End::BrokenOff(format!(
            "status {}, {} of {} bytes, {ended}",
            got.status,
            got.body.len(),
            expected.len()
        ))
    };
    if got.status == 0 {
        return broke_off();
    }
    if got.status == 503 {
        return End::Refused(String::from_utf8_lossy(&got.body).into_owned());
    }
    match task.work {
        // The server answers at the deadline, or cuts the connection.
        Work::Late if got.status == 504 => return End::Answered,
        Work::Late if !got.complete => return broke_off(),
        Work::Late => return End::Wrong(format!("status {} after the deadline", got.status)),
        // It fails before anything was sent.
        Work::FailLive if got.status == 500 => return End::Answered,
        _ => {}
    }
    if got.status != task.status() {
        return End::Wrong(format!("status {}", got.status));
    }
    if is_plain && !expected.starts_with(&got.body) {
        let shown: String = String::from_utf8_lossy(&got.body)
            .chars()
            .take(80)
            .collect();
        return End::Wrong(format!("wrong body: {shown:?}"));
    }
    let is_whole = got.complete && (!is_plain || got.body.len() == expected.len());
    match (task.breaks_off(), is_whole) {
        (false, true) => End::Answered,
        (false, false) => broke_off(),
        (true, false) => End::Answered,
        // Without a length, the end of a Unix socket cannot show that a response breaks off.
        (true, true) if matches!(protocol, Protocol::Scgi | Protocol::Uwsgi) => End::Answered,
        (true, true) => End::Wrong("it looks complete".to_owned()),
    }
}

/// Whether a request may get no complete response because of its work.
pub(crate) fn is_fragile(task: &Task) -> bool {
    // Its client may still send when the connection ends, or its deadline passes.
    matches!(task.work, Work::Ignore | Work::Lend | Work::Late)
}
