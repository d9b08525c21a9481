//! Sending what comes of a live body.

use crate::{
    connections::{connection::Connection, next::Next, outgoing::Outgoing, phase::Phase},
    fastcgi::abort::gives_up,
    responses::refill::Refill,
    workers::driver::Driver,
};

/// The progress with a response whose client has everything that came of its live body.
pub(super) enum Progress {
    /// There is more to send.
    More,
    /// The next piece is yet to come, or a thread for the application's code that changes it.
    Wait,
    /// The turn is over.
    Yield,
    /// The client has left.
    Left,
    /// The body has ended too early.
    Broken,
}

/// Takes what has come of the body of a response.
#[cold] // so that other responses pay nothing for it
pub(super) fn go_on(
    driver: &mut Driver<'_>,
    connection: &Connection,
    outgoing: &mut Outgoing,
) -> Progress {
    if let Some(live) = outgoing.live() {
        let mailbox = &driver.tenure.event_loop().mailbox;
        live.attach(|| mailbox.doorbell(connection.key));
        if driver.tenure.is_ending() {
            live.set_draining();
        }
    }
    if !driver.take_step() {
        return Progress::Yield;
    }
    outgoing.borrow_buffer(&mut driver.kit.out);
    let mut refill = match outgoing.may_call() {
        true => Refill::Nothing,
        false => outgoing.refill(),
    };
    // It has filters, or at its end something for the log.
    if refill != Refill::Some && outgoing.may_call() {
        if !driver.tenure.reserve() {
            outgoing.return_buffer(&mut driver.kit.out);
            starve(driver, connection, outgoing);
            return Progress::Wait;
        }
        let config = &driver.shared().config;
        driver.run_foreign(|_| {
            refill = outgoing.refill();
            outgoing.report(&config.engine, &config.errors);
        });
    }
    match refill {
        Refill::Some => outgoing.go_on(driver.now()),
        Refill::Nothing => {
            outgoing.return_buffer(&mut driver.kit.out);
            if connection.hangup || is_aborted(driver, connection, outgoing) {
                return Progress::Left;
            }
            outgoing.rest();
            return Progress::Wait;
        }
        Refill::End => {
            outgoing.go_on(driver.now());
            outgoing.complete();
        }
        Refill::Broken => {
            outgoing.break_off();
            return Progress::Broken;
        }
    }
    Progress::More
}

/// Has a response wait for a thread. The client does not lose time of its own by that.
pub(super) fn starve(driver: &mut Driver<'_>, connection: &Connection, outgoing: &mut Outgoing) {
    if let Some(core) = driver.tenure.core() {
        core.parking.starve(connection.key);
    }
    outgoing.rest();
}

/// Whether a front server has given the request up (FastCGI Specification section 5.4), as far as
/// this shows before the body is drained that the application has left. What the front server has
/// sent stays for the next request.
fn is_aborted(driver: &mut Driver<'_>, connection: &Connection, outgoing: &mut Outgoing) -> bool {
    let Some(live) = outgoing.live() else {
        return false;
    };
    let Some(id) = live.request_id() else {
        return false;
    };
    if live.is_given_up() {
        return true;
    }
    let received = connection.peer.peek(&mut driver.kit.scratch);
    let unread = &driver.kit.scratch[..received.unwrap_or(0)];
    match &outgoing.answer.next {
        Next::Drain(draining) => draining.is_given_up(unread, |records| gives_up(records, id)),
        _ => {
            let partial = connection.partial.as_ref();
            let read = partial.map_or(&[][..], |partial| &partial.bytes);
            match read.is_empty() {
                true => gives_up(unread, id),
                false => gives_up(&[read, unread].concat(), id),
            }
        }
    }
}

/// Whether the connection has to be looked at again before it waits: the bytes that were read with
/// the request of a live body, or that are still to be read, may say that it is given up.
#[cold] // so that other responses pay nothing for it
pub(super) fn looks_again(connection: &mut Connection) -> bool {
    match &mut connection.phase {
        Phase::Sending(outgoing) => outgoing
            .live()
            .is_some_and(|live| live.request_id().is_some()),
        _ => false,
    }
}

/// Whether the client of a live body has left, and will never take what waits for it.
pub(super) fn is_left(connection: &Connection, outgoing: &mut Outgoing) -> bool {
    connection.hangup && outgoing.live().is_some() && connection.peer.is_cut()
}

/// Drops a live body whose client is gone, which may have filters.
pub(super) fn close(driver: &mut Driver<'_>, outgoing: &mut Outgoing) {
    if outgoing.may_call() {
        driver.tenure.reserve(); // without a spare it is dropped all the same
        driver.run_foreign(|_| drop(outgoing.end_live()));
    }
}
