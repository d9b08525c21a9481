//! Taking requests in from a client, and having them answered.

use std::io;

use crate::{
    connections::{
        answer::Answer, connection::Connection, next::Next, partial::Partial, spooling::Spooling,
    },
    options::OUT_LIMIT,
    requests::{
        intake::{Advance, Intake},
        rejection::Rejection,
        request::Request,
    },
    responses::refusal::Refusal,
    workers::{
        driver::Driver,
        flow::Flow,
        steps::{call, live, refuse, send},
    },
};

/// The progress of answering the requests at the start of the bytes.
struct Progress {
    /// The number of bytes that are done with.
    used: usize,
    /// Whether there are more that were not looked at.
    has_unseen: bool,
    flow: Flow,
}

/// Reads what the client sent, and answers each request that is complete.
pub(super) fn go_on(driver: &mut Driver<'_>, connection: &mut Connection) -> Flow {
    let mut scratch = std::mem::take(&mut driver.kit.scratch);
    let flow = loop {
        let mut count = 0;
        if !connection.has_unseen() {
            match connection.peer.read(&mut scratch) {
                Ok(0) => break end(driver, connection),
                Ok(read) => {
                    count = read;
                    connection.is_read_up = read < scratch.len();
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    note_record(driver, connection);
                    break Flow::Wait;
                }
                Err(_) => break Flow::Close,
            }
        }
        let flow = take_in(driver, connection, &scratch[..count]);
        // A read that did not fill the buffer took everything, unless the end came with it,
        // for which no further event comes; a streamed body may have left some of it.
        let exhausted = count > 0
            && count < scratch.len()
            && !connection.hangup
            && !connection.has_unseen()
            && !connection.peer.has_unread();
        if !connection.phase.is_receiving() {
            break match flow {
                Flow::Wait if live::looks_again(connection) => Flow::Yield,
                flow => flow,
            };
        }
        if exhausted {
            note_record(driver, connection);
        }
        if flow != Flow::Wait || exhausted {
            break flow;
        }
        if !driver.take_step() {
            break Flow::Yield;
        }
    };
    driver.kit.scratch = scratch;
    flow
}

/// Refuses a request that is late, and closes a connection on which none came.
pub(super) fn expire(driver: &mut Driver<'_>, connection: &mut Connection) -> Flow {
    if let Some(partial) = connection.partial.take_if(|partial| !partial.is_blank()) {
        return refuse_partial(driver, connection, &partial, &Refusal::TimedOut);
    }
    // A request that came at the last moment is answered.
    if connection.is_idle() && connection.peer.can_be_read() {
        return Flow::Go;
    }
    part(connection)
}

/// Notes how much of the next TLS record has come, after everything that had come was read.
#[inline]
pub(super) fn note_record(driver: &Driver<'_>, connection: &mut Connection) {
    if connection.peer.is_secure() {
        connection.note_record(&driver.shared().config.options, driver.now());
    }
}

/// Ends a connection on which no response is under way.
pub(super) fn part(connection: &Connection) -> Flow {
    connection.peer.say_goodbye();
    Flow::Close
}

/// Goes on after the client has ended its side.
pub(super) fn end(driver: &mut Driver<'_>, connection: &mut Connection) -> Flow {
    match connection.partial.take() {
        Some(partial) if !partial.is_blank() => {
            refuse_partial(driver, connection, &partial, &Refusal::Truncated)
        }
        _ => part(connection),
    }
}

fn refuse_partial(
    driver: &mut Driver<'_>,
    connection: &mut Connection,
    partial: &Partial,
    refusal: &Refusal,
) -> Flow {
    let request = Request {
        head: &partial.intake.head,
        bytes: &partial.bytes,
    };
    refuse::request(driver, connection, request, refusal)
}

/// Answers the requests that are complete with these bytes, and keeps the rest.
fn take_in(driver: &mut Driver<'_>, connection: &mut Connection, bytes: &[u8]) -> Flow {
    if let Some(partial) = connection.partial.take() {
        return take_further(driver, connection, partial, bytes);
    }
    let protocol = connection.protocol;
    let kept = driver.kit.partials[protocol as usize].take();
    let mut partial = kept.unwrap_or_else(|| Box::new(Partial::new(protocol, driver.now())));
    let progress = answer_all(driver, connection, bytes, &mut partial.intake);
    if progress.used < bytes.len() {
        partial.bytes.extend_from_slice(&bytes[progress.used..]);
        partial.restart();
        partial.note(driver.now(), progress.has_unseen);
        connection.partial = Some(partial);
    } else {
        let place = &mut driver.kit.partials[protocol as usize];
        debug_assert!(place.is_none(), "it was taken from there");
        std::mem::forget(place.replace(partial)); // so that nothing looks for what to drop
    }
    progress.flow
}

/// Adds bytes to those that were not a whole request.
fn take_further(
    driver: &mut Driver<'_>,
    connection: &mut Connection,
    mut partial: Box<Partial>,
    bytes: &[u8],
) -> Flow {
    partial.bytes.extend_from_slice(bytes);
    let progress = answer_all(driver, connection, &partial.bytes, &mut partial.intake);
    if progress.used < partial.bytes.len() {
        if progress.used > 0 {
            partial.bytes.drain(..progress.used);
            partial.restart();
        }
        partial.note(driver.now(), progress.has_unseen);
        connection.partial = Some(partial);
    }
    progress.flow
}

/// Answers the requests at the start of `bytes`.
fn answer_all(
    driver: &mut Driver<'_>,
    connection: &mut Connection,
    bytes: &[u8],
    intake: &mut Intake,
) -> Progress {
    let mut used = 0;
    let mut previous: &[u8] = b"";
    while used < bytes.len() {
        let rest = &bytes[used..];
        let options = &driver.shared().config.options;
        let advance = match intake.advance_after(previous, rest, options, &mut driver.kit.out) {
            Ok(advance) => advance,
            Err(rejection) => {
                let flow = reject(driver, connection, rest, intake, rejection);
                return Progress {
                    used: bytes.len(),
                    has_unseen: false,
                    flow,
                };
            }
        };
        let answer = match advance {
            Advance::Partial => break,
            Advance::Whole(length) => {
                used += length;
                let following = &bytes[used..];
                previous = intake.head_bytes(rest);
                call::with_whole_body(driver, connection, &rest[..length], intake, following)
            }
            Advance::Passed(length) => {
                used += length;
                previous = b"";
                Answer::whole(Next::Request)
            }
            Advance::Streamed => {
                used = bytes.len();
                answer_large(driver, connection, rest, intake)
            }
        };
        intake.reset();
        let is_enough =
            !driver.take_step() || driver.kit.out.len() >= OUT_LIMIT || !driver.tenure.is_owner();
        // Taken apart, so that a plain answer has nothing to drop.
        let Answer { tail, next } = answer;
        if tail.is_none() && matches!(next, Next::Request) && !is_enough {
            continue; // the next request is taken up at once
        }
        let answer = Answer { tail, next };
        driver.settle();
        let flow = match send::begin(driver, connection, answer) {
            Flow::Wait if connection.phase.is_receiving() && !is_enough => continue,
            Flow::Wait if connection.phase.is_receiving() => Flow::Yield,
            flow => flow,
        };
        return Progress {
            used,
            has_unseen: true,
            flow,
        };
    }
    driver.settle();
    let flow = match used > 0 || !driver.kit.out.is_empty() {
        true => send::begin(driver, connection, Answer::whole(Next::Request)),
        false => Flow::Wait, // and an idle connection keeps its deadline
    };
    Progress {
        used,
        has_unseen: false,
        flow,
    }
}

/// Refuses the request at the start of `bytes`, with everything after it.
#[cold]
fn reject(
    driver: &mut Driver<'_>,
    connection: &mut Connection,
    bytes: &[u8],
    intake: &mut Intake,
    rejection: Rejection,
) -> Flow {
    let request = Request {
        head: &intake.head,
        bytes,
    };
    driver.settle();
    let flow = refuse::request(driver, connection, request, &Refusal::Rejected(rejection));
    intake.reset();
    flow
}

/// Answers a request whose body was not gathered, or has it spooled first.
#[cold] // so that small requests pay nothing for it
fn answer_large(
    driver: &mut Driver<'_>,
    connection: &mut Connection,
    bytes: &[u8],
    intake: &mut Intake,
) -> Answer {
    let shared = driver.shared();
    let options = &shared.config.options;
    let is_spooled = options.spools(intake.head.protocol());
    let is_spooled = is_spooled.unwrap_or_else(|| shared.spares.are_scarce());
    if is_spooled && Refusal::of(intake.request(bytes), connection.is_secure).is_none() {
        let spooling = Spooling::new(intake, bytes, options, &shared.room, driver.now());
        return Answer::whole(Next::Spool(spooling));
    }
    call::with_streamed_body(driver, connection, bytes, intake)
}
