//! An application that does what each request asks for, and counts it.

use std::{
    io::{Read, Write},
    panic::panic_any,
    sync::{Arc, Mutex, Once, OnceLock, mpsc},
    thread,
    time::{Duration, Instant},
};

use wsgi_application::{Body, Environ, Result, Sender, StartResponse, Status};
use wsgi_environ::Input;

use crate::{
    ledger::Ledger,
    task::{CHUNK, Task, Work},
};

/// The payload of a deliberate panic.
struct Deliberate;

/// The payload of a deliberate panic. Its drop panics too, and so may that payload's.
struct Bomb(u64);

impl Drop for Bomb {
    fn drop(&mut self) {
        explode(self.0);
    }
}

/// Panics. For an odd number, the payload panics again when it is dropped.
fn explode(number: u64) {
    if number.is_multiple_of(2) {
        panic_any(Deliberate);
    }
    panic_any(Bomb(number / 2));
}

/// Keeps deliberate panics out of the output, and starts the threads that read lent inputs
/// and send live bodies.
pub(crate) fn prepare() {
    static ONCE: Once = Once::new();
    readers();
    senders();
    ONCE.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if !panic.payload().is::<Deliberate>() && !panic.payload().is::<Bomb>() {
                usual(panic);
            }
        }));
    });
}

/// A sender to a thread that has lent inputs read. A thread that a thread of the server started
/// would have its name for a moment, and be counted as one of the server's.
fn readers() -> mpsc::Sender<Input> {
    static READERS: OnceLock<Mutex<mpsc::Sender<Input>>> = OnceLock::new();
    let begin = || {
        let (sender, inputs) = mpsc::channel::<Input>();
        thread::spawn(move || {
            for mut input in inputs {
                thread::spawn(move || {
                    let _ = input.read_to_end(&mut Vec::new());
                    thread::sleep(Duration::from_millis(20));
                });
            }
        });
        Mutex::new(sender)
    };
    READERS.get_or_init(begin).lock().unwrap().clone()
}

/// A sender to a thread that has the chunks of live bodies sent.
fn senders() -> mpsc::Sender<(Sender, Task)> {
    static SENDERS: OnceLock<Mutex<mpsc::Sender<(Sender, Task)>>> = OnceLock::new();
    let begin = || {
        let (pass, passed) = mpsc::channel::<(Sender, Task)>();
        thread::spawn(move || {
            for (sender, task) in passed {
                thread::spawn(move || send(&sender, task));
            }
        });
        Mutex::new(pass)
    };
    SENDERS.get_or_init(begin).lock().unwrap().clone()
}

/// Sends the chunks of a live body, as long as there is somebody who takes them.
fn send(sender: &Sender, task: Task) {
    let body = task.response_body();
    for (number, chunk) in body.chunks(CHUNK).enumerate() {
        thread::sleep(Duration::from_micros(task.size));
        if task.work == Work::FailLive && number == 3 {
            return sender.fail("failed on purpose");
        }
        if sender.send(chunk.to_vec()).is_err() {
            return;
        }
    }
}

/// A deadline that no call reaches.
const LONG: Duration = Duration::from_secs(600);

/// The application.
pub(crate) fn application(
    ledger: Arc<Ledger>,
) -> impl Fn(&mut Environ, &mut StartResponse<'_>) -> Result + Send + Sync + 'static {
    move |environ, start_response| {
        let path = environ.path_info().to_string_lossy().into_owned();
        let task = Task::parse(&path).ok_or("the path is not that of a task")?;
        ledger.began(task.number);
        if task.has_hook() {
            hook(environ, task, &ledger);
        }
        perform(task, environ, start_response)
    }
}

fn hook(environ: &mut Environ, task: Task, ledger: &Arc<Ledger>) {
    ledger.hooked(task.number);
    let ledger = ledger.clone();
    environ.on_finished(move |_, _| {
        ledger.finished(task.number);
        match task.work {
            Work::PanicInHook => explode(task.size),
            Work::SleepInHook => thread::sleep(Duration::from_micros(task.size)),
            _ => {}
        }
    });
}

fn perform(task: Task, environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    let pause = Duration::from_micros(task.size);
    match task.work {
        Work::Sleep => thread::sleep(pause),
        Work::Fail => return Err("failed on purpose".into()),
        Work::PanicInCall => explode(task.size),
        Work::PanicInDrop => {
            environ.insert_extension((Bomb(task.size), task.number));
            environ.insert_extension(Bomb(task.size + 1));
        }
        Work::Echo => {
            let mut body = Vec::new();
            environ.input().read_to_end(&mut body)?;
            start_response.start(Status::OK, ())?;
            return Ok(body.into());
        }
        Work::Live | Work::FailLive => {
            start_response.start(Status::OK, ())?;
            let (sender, body) = Body::channel(5 * CHUNK);
            let _ = senders().send((sender, task));
            return Ok(body);
        }
        Work::Deadline => {
            environ.set_deadline(Instant::now() + LONG);
            environ.set_deadline(Instant::now() + LONG / 2);
            if task.size.is_multiple_of(2) {
                environ.set_deadline(None);
            }
        }
        Work::Late => {
            environ.set_deadline(Instant::now() + Duration::from_micros(20 * task.size));
            thread::sleep(Duration::from_micros(30 * task.size + 1_000));
        }
        Work::Lend => {
            let input = environ.take_input();
            let _ = readers().send(input);
        }
        Work::Write => {
            let mut writer = start_response.start(Status::OK, ())?;
            for (number, piece) in task.response_body().chunks(20_000).enumerate() {
                writer.write_all(piece)?;
                if number % 3 == 1 {
                    writer.flush()?;
                }
            }
            return Ok(Body::empty());
        }
        Work::Chunks | Work::PanicInBody => {
            start_response.start(Status::OK, ())?;
            let body = task.response_body();
            return Ok(Body::chunks((0..5).map(move |number| {
                if task.work == Work::Chunks {
                    thread::sleep(pause);
                } else if number == 3 {
                    explode(task.size);
                }
                body[number * CHUNK..][..CHUNK].to_vec()
            })));
        }
        _ => {}
    }
    start_response.start(Status::OK, ())?;
    Ok(task.response_body().into())
}
