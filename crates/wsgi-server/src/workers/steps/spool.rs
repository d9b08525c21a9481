//! Taking in a large body before the application is called.

use std::io;

use wsgi_http1::encode;

use crate::{
    connections::{
        answer::Answer,
        connection::Connection,
        next::Next,
        phase::Phase,
        spooling::{Spooling, Step},
    },
    requests::{request::Request, spool::Spool, spool_room::Want},
    responses::refusal::Refusal,
    workers::{
        driver::Driver,
        flow::Flow,
        steps::{call, refuse, send},
    },
};

/// Takes in more of a body, and has the request answered once it is whole.
#[cold] // so that small requests pay nothing for it
pub(super) fn go_on(
    driver: &mut Driver<'_>,
    connection: &mut Connection,
    mut spooling: Box<Spooling>,
) -> Flow {
    let shared = driver.shared();
    if connection.deadline.is_none() {
        spooling.go_on(driver.now()); // it waited for us, if at all
    }
    loop {
        let step = spooling.step(&shared.room);
        let writing = match step {
            Step::Write => shared.room.writing(),
            _ => None,
        };
        let want = match step {
            Step::Crowded(bytes) => Some(Want::Room(bytes)),
            Step::Write if writing.is_none() => Some(Want::Disk),
            _ => None,
        };
        if let Some(want) = want {
            let flow = crowd(driver, connection, &mut spooling, want);
            match flow {
                Flow::Close => forget(driver, spooling.spool),
                _ => connection.phase = Phase::Spooling(spooling),
            }
            return flow;
        }
        if spooling.is_crowded() {
            spooling.go_on(driver.now());
        }
        let flow = match step {
            Step::Crowded(_) => Flow::Wait, // seen to above
            Step::Ask => {
                spooling.asks = false;
                driver.kit.out.extend_from_slice(encode::CONTINUE);
                return send::begin(driver, connection, Answer::whole(Next::Spool(spooling)));
            }
            Step::Write => match write_out(driver, &mut spooling) {
                Ok(()) if driver.tenure.is_owner() => continue,
                Ok(()) => Flow::Yield,
                Err(error) => {
                    let refusal = Refusal::storage(&shared.config.options.spool_dir, &error);
                    return refuse(driver, connection, spooling, &refusal);
                }
            },
            Step::Read if !driver.take_step() => Flow::Yield,
            Step::Read => match connection.peer.read(&mut driver.kit.scratch) {
                Ok(0) => return refuse(driver, connection, spooling, &Refusal::Truncated),
                Ok(count) => {
                    spooling.receive(&driver.kit.scratch[..count], driver.now());
                    continue;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => Flow::Wait,
                Err(_) => {
                    forget(driver, spooling.spool);
                    return Flow::Close;
                }
            },
            Step::Whole => {
                let answer = call::with_spooled_body(driver, connection, *spooling);
                driver.settle();
                let flow = send::begin(driver, connection, answer);
                return flow.after_response(connection);
            }
            Step::Aborted => return end_aborted(driver, connection, *spooling),
            Step::Refused(refusal) => return refuse(driver, connection, spooling, &refusal),
        };
        connection.phase = Phase::Spooling(spooling);
        return flow;
    }
}

/// Refuses a request whose body is late, or had no room in time.
pub(super) fn expire(
    driver: &mut Driver<'_>,
    connection: &mut Connection,
    spooling: Box<Spooling>,
) -> Flow {
    let lateness = spooling.lateness();
    refuse(driver, connection, spooling, &lateness)
}

/// Has a body wait until there is room for it.
fn crowd(
    driver: &mut Driver<'_>,
    connection: &Connection,
    spooling: &mut Spooling,
    want: Want,
) -> Flow {
    if connection.hangup && connection.peer.is_cut() {
        return Flow::Close;
    }
    spooling.crowd(driver.now());
    match driver.tenure.core() {
        Some(core) => {
            core.parking.crowd(connection.key, want);
            Flow::Wait
        }
        None => Flow::Yield, // the loop itself has to wait
    }
}

/// Writes what has gathered to the file. The disk may take its time, so the loop is left to
/// other threads as for a call of the application.
fn write_out(driver: &mut Driver<'_>, spooling: &mut Spooling) -> io::Result<()> {
    let folder = &driver.shared().config.options.spool_dir;
    let written = driver.run_foreign(|_| spooling.spool.write_out(folder));
    spooling.go_on(driver.now());
    written
}

/// Ends a request that the peer has given up.
fn end_aborted(driver: &mut Driver<'_>, connection: &mut Connection, spooling: Spooling) -> Flow {
    forget(driver, spooling.spool);
    if let Err(rejection) = spooling.head.end_aborted(&mut driver.kit.out) {
        let request = Request {
            head: &spooling.head,
            bytes: &spooling.head_bytes,
        };
        return refuse::request(driver, connection, request, &Refusal::Rejected(rejection));
    }
    driver.kit.out.extend_from_slice(&spooling.replies);
    connection.keep(spooling.raw, driver.now());
    let flow = send::begin(driver, connection, Answer::whole(Next::Request));
    flow.after_response(connection)
}

/// Answers a request whose body does not come whole.
pub(super) fn refuse(
    driver: &mut Driver<'_>,
    connection: &mut Connection,
    spooling: Box<Spooling>,
    refusal: &Refusal,
) -> Flow {
    let Spooling {
        head,
        head_bytes,
        spool,
        ..
    } = *spooling;
    forget(driver, spool);
    let request = Request {
        head: &head,
        bytes: &head_bytes,
    };
    refuse::request(driver, connection, request, refusal)
}

/// Drops what was taken in of a body, for which the disk may take its time.
fn forget(driver: &mut Driver<'_>, spool: Spool) {
    if spool.has_file() && driver.tenure.reserve() {
        driver.run_foreign(|_| drop(spool));
    }
}

#[cfg(test)]
mod tests {
    use std::{
        fs::File,
        io::{Read, Write},
        os::fd::OwnedFd,
        sync::Arc,
        thread,
    };

    use super::*;
    use crate::{
        connections::spooling::tests::expecting,
        instant::Instant,
        loops::{shared::tests::shared, slots::Slots},
        options::SPOOL_BLOCK,
        peers::{peer::Peer, socket::Socket},
        protocol::Protocol,
    };

    /// A disk that takes nothing until somebody reads.
    fn stalled() -> (File, io::PipeReader) {
        let (reader, writer): (_, io::PipeWriter) = io::pipe().unwrap();
        let descriptor = OwnedFd::from(writer);
        rustix::io::ioctl_fionbio(&descriptor, true).unwrap();
        let mut file = File::from(descriptor);
        while file.write(&[0; 4096]).is_ok() {}
        rustix::io::ioctl_fionbio(&file, false).unwrap();
        (file, reader)
    }

    #[test]
    fn a_disk_that_stalls_leaves_the_loop_to_others() {
        let shared = Arc::new(shared(1));
        let mut spooling = expecting(100_000, &shared.room);
        assert!(matches!(spooling.step(&shared.room), Step::Read));
        spooling.receive(&[b'x'; SPOOL_BLOCK], Instant::now());
        assert!(matches!(spooling.step(&shared.room), Step::Write));
        let (file, mut reader) = stalled();
        spooling.spool.set_file(file);
        thread::scope(|scope| {
            let shared = &shared;
            let writing = scope.spawn(move || {
                let mut driver = Driver::new(shared, 0);
                driver.tenure.begin();
                write_out(&mut driver, &mut spooling).unwrap();
                assert!(!driver.tenure.is_owner(), "it was detached");
                spooling
            });
            let core = loop {
                let event_loop = &shared.loops[0];
                let take_over = |call| event_loop.take_over(call, |_| {});
                match event_loop.call().and_then(take_over) {
                    Some(core) => break core,
                    None => thread::yield_now(),
                }
            };
            assert!(!writing.is_finished());
            reader.read_exact(&mut vec![0; SPOOL_BLOCK]).unwrap();
            while !writing.is_finished() {
                thread::yield_now();
            }
            drop(core);
            assert_eq!(writing.join().unwrap().spool.length(), SPOOL_BLOCK as u64);
        });
    }

    #[test]
    fn threads_are_left_where_others_wait_for_the_disk() {
        let shared = Arc::new(shared(1));
        let (socket, mut theirs) = Socket::pair();
        let peer = Arc::new(Peer::new(socket, None, None));
        let key = Slots::default().next_key();
        let mut connection = Connection::new(
            key,
            Protocol::Http,
            peer,
            &shared.lookouts[0],
            Instant::now(),
        );
        let mut spooling = expecting(100_000, &shared.room);
        theirs.write_all(&[b'x'; SPOOL_BLOCK]).unwrap();

        let mut driver = Driver::new(&shared, 0);
        driver.tenure.begin();
        let mut go_on = |spooling| {
            let flow = go_on(&mut driver, &mut connection, spooling);
            let Phase::Spooling(spooling) = connection.phase.take() else {
                panic!("it spools")
            };
            (flow, spooling)
        };
        let others: Vec<_> = std::iter::from_fn(|| shared.room.writing()).collect();
        assert!(others.len() < shared.config.options.max_threads);
        for _ in 0..2 {
            let flow;
            (flow, spooling) = go_on(spooling);
            assert_eq!(flow, Flow::Wait);
            assert!(spooling.is_crowded() && !spooling.spool.has_file());
        }
        drop(others);
        let (flow, spooling) = go_on(spooling);
        assert_eq!(flow, Flow::Wait);
        assert!(!spooling.is_crowded() && spooling.spool.has_file());
    }
}
