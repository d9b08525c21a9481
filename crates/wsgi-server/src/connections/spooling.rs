//! A request whose body is taken in before the application is called.

use std::{sync::Arc, time::Duration};

use crate::{
    instant::Instant,
    options::{Options, SPOOL_AHEAD, SPOOL_BLOCK},
    peers::patience::Patience,
    requests::{decoder::Decoder, head::Head, intake::Intake, spool::Spool, spool_room::Room},
    responses::refusal::Refusal,
};

/// A request whose head has come, with a body that is too large to be gathered, or that the client
/// waits to be asked for. The loop reads the body; no thread waits for it.
#[derive(Debug)]
pub(crate) struct Spooling {
    pub(crate) head: Head,
    pub(crate) head_bytes: Vec<u8>,
    /// The length of the body, if it is known.
    length: Option<u64>,
    decoder: Decoder,
    pub(crate) spool: Spool,
    /// Bytes that were received and not decoded; in the end, those that follow the request.
    pub(crate) raw: Vec<u8>,
    /// Bytes for the peer after the response.
    pub(crate) replies: Vec<u8>,
    /// Whether the client still waits to be asked for the body.
    pub(crate) asks: bool,
    /// Whether the body waits for room, or for its turn at the disk.
    is_crowded: bool,
    patience: Patience,
    /// The beginning of the present wait.
    since: Instant,
}

/// The next step with a body.
#[derive(Debug)]
pub(crate) enum Step {
    /// Wait for room for this number of bytes.
    Crowded(u64),
    /// Ask the client for the body.
    Ask,
    /// Write to the file.
    Write,
    /// Read more.
    Read,
    /// Answer the request: all of the body is there.
    Whole,
    /// End the request, which the peer has given up.
    Aborted,
    /// Refuse the request.
    Refused(Refusal),
}

impl Spooling {
    /// The request of an intake whose body has yet to come, with all `bytes` that were received.
    pub(crate) fn new(
        intake: &mut Intake,
        bytes: &[u8],
        options: &Options,
        room: &Arc<Room>,
        now: Instant,
    ) -> Box<Self> {
        let head_bytes = intake.head_bytes(bytes).to_vec();
        let body = intake.take_body(bytes, options);
        let mut patience = Patience::with_body(options);
        patience.note(Duration::ZERO, body.gathered.len() + body.raw.len());
        Box::new(Spooling {
            head: intake.take_head(),
            head_bytes,
            length: body.length,
            decoder: body.decoder,
            spool: Spool::new(body.gathered, room),
            raw: body.raw,
            replies: Vec::new(),
            asks: body.expects_continue,
            is_crowded: false,
            patience,
            since: now,
        })
    }

    /// Decodes the bytes that have come. Returns the next step.
    pub(crate) fn step(&mut self, room: &Room) -> Step {
        if let Some(refused) = self.make_room(room) {
            return refused;
        }
        if self.asks {
            return Step::Ask;
        }
        let mut used = 0;
        while !self.decoder.is_finished() && !self.decoder.is_aborted() {
            // Also if nothing is left: an error may come after the last data.
            let rest = &self.raw[used..];
            let decoded = match self.decoder.decode(rest, &mut self.replies) {
                Ok(decoded) => decoded,
                Err(rejection) => return Step::Refused(Refusal::Rejected(rejection)),
            };
            if rest.is_empty() {
                break;
            }
            self.spool.append(&rest[decoded.data]);
            used += decoded.consumed;
        }
        // It has to stay small while its peer takes its time.
        if used > 0 {
            self.raw = self.raw.split_off(used);
        }
        if self.decoder.is_aborted() {
            return Step::Aborted;
        }
        if let Some(refused) = self.make_room(room) {
            return refused;
        }
        match self.decoder.is_finished() {
            true => Step::Whole,
            false if self.spool.is_due() => Step::Write,
            false => Step::Read,
        }
    }

    /// Takes room as the body grows: up to twice the bytes that have come, and at least a little.
    /// If the declared length were enough, a client could take all the room with a head. Returns
    /// the next step if there is no room.
    fn make_room(&mut self, room: &Room) -> Option<Step> {
        let come = self.spool.length();
        if self.length.unwrap_or(come) > room.limit() {
            return Some(Step::Refused(Refusal::TooLarge));
        }
        let (least, wished) = match self.length {
            Some(length) => {
                let least = come.max(SPOOL_AHEAD);
                (length.min(least), length.min(least.max(2 * come)))
            }
            None if self.decoder.is_finished() => (come, come),
            None => (come, come.next_multiple_of(SPOOL_BLOCK as u64)),
        };
        let share = &mut self.spool.share;
        let has_room = share.length() >= least || share.grow(wished) || share.grow(least);
        (!has_room).then(|| Step::Crowded(least - share.length()))
    }

    /// Notes bytes that were received, after a wait that has ended `now`.
    pub(crate) fn receive(&mut self, bytes: &[u8], now: Instant) {
        let mut raw = bytes;
        if self.raw.is_empty() {
            let ahead = usize::try_from(self.decoder.data_ahead()).unwrap_or(usize::MAX);
            let (data, rest) = bytes.split_at(ahead.min(bytes.len()));
            if !data.is_empty() && self.decoder.decode(data, &mut self.replies).is_ok() {
                self.spool.append(data); // without a copy of its own
                raw = rest;
            }
        }
        self.raw.extend_from_slice(raw);
        let waited = now.saturating_duration_since(self.since);
        self.patience.note(waited, bytes.len());
        self.since = now;
    }

    /// Notes that the body has to wait for room.
    pub(crate) fn crowd(&mut self, now: Instant) {
        if !std::mem::replace(&mut self.is_crowded, true) {
            self.since = now;
        }
    }

    /// Notes that the body goes on, after a wait that was not for the peer.
    pub(crate) fn go_on(&mut self, now: Instant) {
        self.is_crowded = false;
        self.since = now;
    }

    pub(crate) fn is_crowded(&self) -> bool {
        self.is_crowded
    }

    /// The end of the present wait, for the peer or for room.
    pub(crate) fn deadline(&self) -> Instant {
        self.patience.deadline(self.since)
    }

    /// The refusal when that has passed.
    pub(crate) fn lateness(&self) -> Refusal {
        match self.is_crowded {
            true => Refusal::Crowded,
            false => Refusal::TimedOut,
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::io::Read;

    use super::*;
    use crate::{options::READ_SIZE, protocol::Protocol, requests::intake::Advance};

    /// An HTTP request with a body of this length, of which only the head has come.
    pub(crate) fn expecting(length: usize, room: &Arc<Room>) -> Box<Spooling> {
        let head = format!("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n");
        let (options, now) = (Options::new(), Instant::now());
        let mut intake = Intake::new(Protocol::Http);
        let advance = intake.advance(head.as_bytes(), &options, &mut Vec::new());
        assert_eq!(advance, Ok(Advance::Streamed));
        Spooling::new(&mut intake, head.as_bytes(), &options, room, now)
    }

    /// Takes in a request in pieces of this size. Returns its body and the bytes after it.
    fn take_in(protocol: Protocol, bytes: &[u8], size: usize) -> (Vec<u8>, Vec<u8>) {
        let (options, now) = (Options::new(), Instant::now());
        let room = Arc::new(Room::new(1 << 20, 1, Vec::new()));
        let mut intake = Intake::new(protocol);
        let is_streamed = |have: &usize| {
            let advance = intake.advance(&bytes[..*have], &options, &mut Vec::new());
            advance.expect("a request") == Advance::Streamed
        };
        let mut have = (1..bytes.len()).find(is_streamed).expect("a large body");
        let mut spooling = Spooling::new(&mut intake, &bytes[..have], &options, &room, now);
        loop {
            match spooling.step(&room) {
                Step::Read => {
                    let end = bytes.len().min(have + size);
                    spooling.receive(&bytes[have..end], now);
                    have = end;
                }
                Step::Write => spooling.spool.write_out(&options.spool_dir).unwrap(),
                Step::Whole => break,
                step => panic!("{step:?}"),
            }
        }
        let rest = [&spooling.raw, &bytes[have..]].concat();
        let mut body = Vec::new();
        let mut input = spooling.spool.into_input();
        input.read_to_end(&mut body).unwrap();
        (body, rest)
    }

    #[track_caller]
    fn check(protocol: Protocol, request: &[u8], body: &[u8]) {
        let next = b"what follows";
        for size in [1, 1000, READ_SIZE] {
            let (received, rest) = take_in(protocol, &[request, next].concat(), size);
            assert!(received == body, "{protocol} by {size}");
            assert_eq!(rest, next, "{protocol} by {size}");
        }
    }

    #[test]
    fn a_body_is_taken_in_whole_however_it_comes() {
        let body: Vec<u8> = (0..140_000)
            .map(|at: usize| (at / 251 + at) as u8)
            .collect();
        let head = "PUT / HTTP/1.1\r\nHost: a\r\n".to_owned();
        let known = head.clone() + "Content-Length: 140000\r\n\r\n";
        check(Protocol::Http, &[known.as_bytes(), &body].concat(), &body);

        let mut chunked = (head + "Transfer-Encoding: chunked\r\n\r\n").into_bytes();
        for chunk in body.chunks(9_999) {
            chunked.extend(format!("{:x}\r\n", chunk.len()).bytes());
            chunked.extend([chunk, b"\r\n"].concat());
        }
        chunked.extend(b"0\r\n\r\n");
        check(Protocol::Http, &chunked, &body);

        #[cfg(feature = "fastcgi")]
        for declared in [true, false] {
            use wsgi_fastcgi::{RecordType, Role, encode};
            let mut bytes = Vec::new();
            encode::begin_request(&mut bytes, 1, Role::RESPONDER, true);
            if declared {
                let params = b"\x0e\x06CONTENT_LENGTH140000";
                encode::stream(&mut bytes, RecordType::PARAMS, 1, params);
            }
            encode::end_of_stream(&mut bytes, RecordType::PARAMS, 1);
            encode::stream(&mut bytes, RecordType::STDIN, 1, &body);
            encode::end_of_stream(&mut bytes, RecordType::STDIN, 1);
            check(Protocol::FastCgi, &bytes, &body);
        }
        #[cfg(feature = "scgi")]
        {
            let head = b"29:CONTENT_LENGTH\x00140000\0SCGI\x001\0,";
            check(Protocol::Scgi, &[&head[..], &body].concat(), &body);
        }
        #[cfg(feature = "uwsgi")]
        {
            let head = b"\0\x18\0\0\x0e\0CONTENT_LENGTH\x06\x00140000";
            check(Protocol::Uwsgi, &[&head[..], &body].concat(), &body);
        }
    }

    #[test]
    fn room_is_taken_before_anything_is_read() {
        let room = Arc::new(Room::new(100_000, 1, Vec::new()));
        let mut first = expecting(90_000, &room);
        assert!(matches!(first.step(&room), Step::Read));
        let mut second = expecting(70_000, &room);
        assert!(matches!(second.step(&room), Step::Crowded(70_000)));
        let mut third = expecting(100_001, &room);
        let refused = third.step(&room);
        assert!(matches!(refused, Step::Refused(Refusal::TooLarge)));
        drop(first);
        assert!(matches!(second.step(&room), Step::Read));
    }

    #[test]
    fn a_length_that_is_declared_takes_little_room_until_the_body_has_come() {
        const MIB: usize = 1 << 20;
        let room = Arc::new(Room::new(8 * MIB as u64, 1, Vec::new()));
        let mut large = expecting(8 * MIB, &room);
        let rows = [
            (0, MIB),
            (MIB, MIB),
            (1, 2 * MIB + 2),
            (MIB, 2 * MIB + 2),
            (2 * MIB, 8 * MIB),
        ];
        for (come, taken) in rows {
            large.receive(&vec![b'x'; come], Instant::now());
            assert!(!matches!(large.step(&room), Step::Crowded(_)));
            assert_eq!(large.spool.share.length(), taken as u64);
        }
    }
}
