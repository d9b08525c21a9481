//! Taking requests in from a client, and having them answered.

use std::io;

use crate::{
    connections::connection::{Connection, Partial, Phase},
    connections::next::Next,
    connections::spooling::Spooling,
    options::OUT_LIMIT,
    requests::{
        head::Head,
        intake::{Intake, Stage},
        refusal::Refusal,
    },
    workers::{answer::Answer, flow::Flow, worker::Worker},
};

impl Worker<'_> {
    /// Reads what the client sent, and answers each request that is complete.
    pub(super) fn receive(&mut self, connection: &mut Connection) -> Flow {
        let mut scratch = std::mem::take(&mut self.kit.scratch);
        let flow = loop {
            let mut count = 0;
            if !connection.has_unseen() {
                match connection.peer.read(&mut scratch) {
                    Ok(0) => break self.receive_end(connection),
                    Ok(read) => count = read,
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => break Flow::Wait,
                    Err(_) => break Flow::Close,
                }
            }
            let flow = self.take_in(connection, &scratch[..count]);
            // A read that did not fill the buffer took all there was, unless the
            // end came with it, which gives no further event; a streamed body may
            // have left some of it.
            let exhausted = count > 0
                && count < scratch.len()
                && !connection.hangup
                && !connection.has_unseen();
            if flow != Flow::Wait || exhausted || !matches!(connection.phase, Phase::Receiving) {
                break flow;
            }
            if !self.take_step() {
                break Flow::Yield;
            }
        };
        self.kit.scratch = scratch;
        flow
    }

    /// Answers the requests that are complete with these bytes, and keeps the
    /// rest.
    fn take_in(&mut self, connection: &mut Connection, bytes: &[u8]) -> Flow {
        if let Some(partial) = connection.partial.take() {
            return self.take_further(connection, partial, bytes);
        }
        let protocol = connection.protocol;
        let kept = self.kit.partials[protocol as usize].take();
        let mut partial = kept.unwrap_or_else(|| Box::new(Partial::new(protocol, self.now)));
        let (used, unseen, flow) = self.answer_all(connection, bytes, &mut partial.intake);
        if used < bytes.len() {
            partial.bytes.extend_from_slice(&bytes[used..]);
            partial.note(self.now, unseen);
            partial.since = self.now;
            connection.partial = Some(partial);
        } else {
            self.kit.partials[protocol as usize] = Some(partial);
        }
        flow
    }

    /// Adds bytes to those that were not a whole request.
    fn take_further(
        &mut self,
        connection: &mut Connection,
        mut partial: Box<Partial>,
        bytes: &[u8],
    ) -> Flow {
        partial.bytes.extend_from_slice(bytes);
        let (used, unseen, flow) = self.answer_all(connection, &partial.bytes, &mut partial.intake);
        if used < partial.bytes.len() {
            partial.note(self.now, unseen);
            if used > 0 {
                partial.bytes.drain(..used);
                partial.since = self.now;
            }
            connection.partial = Some(partial);
        }
        flow
    }

    /// Answers the requests at the start of `bytes`. Says how many bytes were
    /// used, and whether there are more that were not looked at.
    fn answer_all(
        &mut self,
        connection: &mut Connection,
        bytes: &[u8],
        intake: &mut Intake,
    ) -> (usize, bool, Flow) {
        let mut used = 0;
        while used < bytes.len() {
            let rest = &bytes[used..];
            let options = &self.shared.config.options;
            let stage = match intake.advance(rest, options, &mut self.kit.out) {
                Ok(stage) => stage,
                Err(rejection) => {
                    let refusal = Refusal::Rejected(rejection);
                    let flow = self.refuse(connection, (&intake.head, rest), &refusal);
                    intake.reset();
                    return (bytes.len(), false, flow);
                }
            };
            let answer = match stage {
                Stage::Partial => break,
                Stage::Whole(length) => {
                    used += length;
                    self.begin_request(connection, bytes.len() - used);
                    self.answer(connection, &rest[..length], intake)
                }
                Stage::Passed(length) => {
                    used += length;
                    Answer::whole(Next::Request)
                }
                Stage::Streamed => {
                    used = bytes.len();
                    self.answer_large(connection, rest, intake)
                }
            };
            intake.reset();
            let plain = answer.tail.is_none() && answer.finishing.is_none();
            let enough = !self.take_step() || self.kit.out.len() >= OUT_LIMIT || !self.is_owner();
            if plain && !enough && matches!(answer.next, Next::Request) {
                continue;
            }
            let flow = self.dispatch(connection, answer.tail, answer.next, answer.finishing);
            if flow != Flow::Wait || !matches!(connection.phase, Phase::Receiving) {
                return (used, true, flow);
            }
            if enough {
                return (used, true, Flow::Yield);
            }
        }
        let flow = self.dispatch(connection, None, Next::Request, None);
        (used, false, flow)
    }

    /// Answers a request whose body was not gathered, or has it taken in before that.
    #[cold] // so that small requests pay nothing for it
    fn answer_large(
        &mut self,
        connection: &mut Connection,
        bytes: &[u8],
        intake: &mut Intake,
    ) -> Answer {
        let options = &self.shared.config.options;
        let head = &intake.head;
        if options.spools(head.protocol()) && head.refusal(intake.head_bytes(bytes)).is_none() {
            let room = &self.shared.room;
            let spooling = Spooling::new(intake, bytes, options, room, self.now);
            return Answer::whole(Next::Spool(spooling));
        }
        self.begin_request(connection, 0);
        self.answer_streamed(connection, bytes, intake)
    }

    /// The client sends nothing more.
    fn receive_end(&mut self, connection: &mut Connection) -> Flow {
        match connection.partial.take() {
            Some(partial) if !partial.is_blank() => {
                let request = (&partial.intake.head, &*partial.bytes);
                self.refuse(connection, request, &Refusal::Truncated)
            }
            _ => Flow::Close,
        }
    }

    /// Answers a request that never reaches the application, and ends the
    /// connection: where the next one would start is not known.
    pub(super) fn refuse(
        &mut self,
        connection: &mut Connection,
        (head, bytes): (&Head, &[u8]),
        refusal: &Refusal,
    ) -> Flow {
        self.report(head.protocol(), refusal);
        refusal.write(&mut self.kit.out, head, bytes, &self.kit.clock);
        self.dispatch(connection, None, Next::Close, None)
    }
}
