//! Taking in large bodies before the application is called.

use std::io;

use wsgi_http1::encode;

use crate::{
    connections::{
        connection::{Connection, Partial, Phase},
        next::Next,
        spooling::{Spooling, Step},
    },
    requests::{refusal::Refusal, room::Want, spool::Spool},
    workers::{flow::Flow, worker::Worker},
};

impl Worker<'_> {
    /// Takes in more of a body, and has the request answered once it is whole.
    #[cold] // so that small requests pay nothing for it
    pub(super) fn spool(&mut self, connection: &mut Connection) -> Flow {
        let Phase::Spooling(mut spooling) =
            std::mem::replace(&mut connection.phase, Phase::Receiving)
        else {
            return Flow::Go;
        };
        let shared = self.shared;
        if connection.deadline.is_none() {
            spooling.go_on(self.now); // it waited for us, if at all
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
                let flow = self.crowd(connection, &mut spooling, want);
                match flow {
                    Flow::Close => self.forget_spool(spooling.spool),
                    _ => connection.phase = Phase::Spooling(spooling),
                }
                return flow;
            }
            if spooling.is_crowded() {
                spooling.go_on(self.now);
            }
            let flow = match step {
                Step::Crowded(_) => Flow::Wait, // seen to above
                Step::Ask => {
                    spooling.asks = false;
                    self.kit.out.extend_from_slice(encode::CONTINUE);
                    return self.dispatch(connection, None, Next::Spool(spooling), None);
                }
                Step::Write => match self.write_out(&mut spooling) {
                    Ok(()) if self.is_owner() => continue,
                    Ok(()) => Flow::Yield,
                    Err(error) => {
                        let refusal = Refusal::storage(&shared.config.options.spool_dir, &error);
                        return self.refuse_spooling(connection, spooling, &refusal);
                    }
                },
                Step::Read if !self.take_step() => Flow::Yield,
                Step::Read => match connection.peer.read(&mut self.kit.scratch) {
                    Ok(0) => {
                        return self.refuse_spooling(connection, spooling, &Refusal::Truncated);
                    }
                    Ok(count) => {
                        spooling.receive(&self.kit.scratch[..count], self.now);
                        continue;
                    }
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => Flow::Wait,
                    Err(_) => {
                        self.forget_spool(spooling.spool);
                        return Flow::Close;
                    }
                },
                Step::Whole => return self.answer_spooled(connection, *spooling),
                Step::Aborted => return self.end_aborted(connection, *spooling),
                Step::Refused(refusal) => {
                    return self.refuse_spooling(connection, spooling, &refusal);
                }
            };
            connection.phase = Phase::Spooling(spooling);
            return flow;
        }
    }

    /// Has a body wait until there is room for it.
    fn crowd(&mut self, connection: &Connection, spooling: &mut Spooling, want: Want) -> Flow {
        if connection.hangup && connection.peer.is_cut() {
            return Flow::Close;
        }
        spooling.crowd(self.now);
        match &mut self.core {
            Some(core) => {
                core.crowd(connection.key, want);
                Flow::Wait
            }
            None => Flow::Yield, // the loop itself is to wait
        }
    }

    /// Writes what has gathered to the file. The disk may take its time, and so the
    /// loop is left to others as for a call of the application.
    fn write_out(&mut self, spooling: &mut Spooling) -> io::Result<()> {
        let folder = &self.shared.config.options.spool_dir;
        let was_owner = self.is_owner();
        self.leave_for_foreign();
        let written = spooling.spool.write_out(folder);
        self.rejoin(was_owner);
        spooling.go_on(self.now);
        written
    }

    fn answer_spooled(&mut self, connection: &mut Connection, spooling: Spooling) -> Flow {
        self.begin_request(connection, spooling.raw.len());
        self.kit.environ.set_input(spooling.spool.into_input());
        let mut answer = self.call(connection, &spooling.head_bytes, &spooling.head, None);
        match &mut answer.tail {
            Some(tail) => tail.follow(&spooling.replies),
            None => self.kit.out.extend_from_slice(&spooling.replies),
        }
        connection.partial = Partial::of(spooling.raw, connection.protocol, self.now);
        let flow = self.dispatch(connection, answer.tail, answer.next, answer.finishing);
        flow.after_response(connection)
    }

    /// Ends a request that the peer has given up.
    fn end_aborted(&mut self, connection: &mut Connection, spooling: Spooling) -> Flow {
        self.forget_spool(spooling.spool);
        let (head, bytes) = (spooling.head, spooling.head_bytes);
        if let Err(rejection) = head.end_aborted(&mut self.kit.out) {
            return self.refuse(connection, (&head, &bytes), &Refusal::Rejected(rejection));
        }
        self.kit.out.extend_from_slice(&spooling.replies);
        connection.partial = Partial::of(spooling.raw, connection.protocol, self.now);
        let flow = self.dispatch(connection, None, Next::Request, None);
        flow.after_response(connection)
    }

    /// Answers a request whose body does not come whole.
    pub(super) fn refuse_spooling(
        &mut self,
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
        self.forget_spool(spool);
        self.refuse(connection, (&head, &head_bytes), refusal)
    }

    /// Drops what was taken in of a body, which the disk may take its time for.
    fn forget_spool(&mut self, spool: Spool) {
        if !spool.has_file() || !self.reserve() {
            return;
        }
        let was_owner = self.is_owner();
        self.leave_for_foreign();
        drop(spool);
        self.rejoin(was_owner);
    }
}

#[cfg(test)]
mod tests {
    use std::{
        fs::File,
        io::{Read, Write},
        os::{fd::OwnedFd, unix::net::UnixStream},
        sync::Arc,
        thread,
        time::Instant,
    };

    use super::*;
    use crate::{
        connections::spooling::tests::expecting,
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
                let mut worker = Worker::new(shared, 0);
                worker.core = Some(shared.loops[0].begin());
                worker.write_out(&mut spooling).unwrap();
                assert!(!worker.is_owner(), "it was detached");
                spooling
            });
            let core = loop {
                let station = &shared.loops[0];
                match station
                    .call()
                    .and_then(|call| station.take_over(call, |_| {}))
                {
                    Some(core) => break core,
                    None => thread::yield_now(),
                }
            };
            assert!(!writing.is_finished());
            let mut read = vec![0; SPOOL_BLOCK];
            while !writing.is_finished() {
                assert_ne!(reader.read(&mut read).unwrap(), 0);
                thread::yield_now();
            }
            drop(core);
            assert_eq!(writing.join().unwrap().spool.length(), SPOOL_BLOCK as u64);
        });
    }

    #[test]
    fn threads_are_left_where_others_wait_for_the_disk() {
        let shared = Arc::new(shared(1));
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        ours.set_nonblocking(true).unwrap();
        let socket = Socket::Unix(mio::net::UnixStream::from_std(ours));
        let peer = Arc::new(Peer::new(socket, None));
        let key = Slots::default().next_key();
        let mut connection = Connection::new(key, Protocol::Http, peer, Instant::now());
        connection.phase = Phase::Spooling(expecting(100_000, &shared.room));
        theirs.write_all(&[b'x'; SPOOL_BLOCK]).unwrap();

        let mut worker = Worker::new(&shared, 0);
        worker.core = Some(shared.loops[0].begin());
        let others: Vec<_> = std::iter::from_fn(|| shared.room.writing()).collect();
        assert!(others.len() < shared.config.options.max_threads);
        for _ in 0..2 {
            assert_eq!(worker.spool(&mut connection), Flow::Wait);
            let Phase::Spooling(spooling) = &connection.phase else {
                panic!("it spools")
            };
            assert!(spooling.is_crowded() && !spooling.spool.has_file());
        }
        drop(others);
        assert_eq!(worker.spool(&mut connection), Flow::Wait);
        let Phase::Spooling(spooling) = &connection.phase else {
            panic!("it spools")
        };
        assert!(!spooling.is_crowded() && spooling.spool.has_file());
    }
}
