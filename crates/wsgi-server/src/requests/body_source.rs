//! The source of a streamed body: the connection's socket, and what was received from it.

use std::{
    io::{self, Read},
    mem,
    ops::Range,
    sync::{Arc, Weak},
    time::Duration,
};

use wsgi_environ::InputError;
use wsgi_http1::encode;

use crate::{
    instant::Instant,
    options::{BODY_READ_SIZE, DRAIN_LIMIT, Options, READ_SIZE},
    peers::{patience::Patience, peer::Peer},
    requests::{
        awaited_body::AwaitedBody,
        body_demand::{Asking, Demand},
        decoder::Decoder,
        remains::Remains,
    },
};

/// The source of a streamed body. Bytes that are data whatever they are go straight to their
/// reader; all others are received and decoded here.
#[derive(Debug)]
pub(super) struct Source {
    /// The connection's socket. A reader that the application keeps does not keep it open.
    peer: Weak<Peer>,
    options: Arc<Options>,
    pub(super) decoder: Decoder,
    /// The replies to the peer after the response.
    pub(super) replies: Vec<u8>,
    /// The decoded bytes of the body that were not read.
    ready: Ready,
    /// Memory for received bytes.
    pub(super) memory: Vec<u8>,
    /// The received bytes in the memory that were not decoded.
    pub(super) raw: Range<usize>,
    /// Whether the client must be asked before it sends the body.
    expects_continue: bool,
    /// Whether the application has tried to read the body.
    is_read: bool,
    /// The error of all further reads, if there is one.
    failure: Option<InputError>,
    patience: Patience,
}

/// The decoded bytes that were not read.
#[derive(Debug)]
enum Ready {
    /// Bytes that were gathered before the application was called.
    Gathered { bytes: Vec<u8>, start: usize },
    /// A range of the memory.
    Received(Range<usize>),
}

impl Source {
    pub(super) fn new(peer: &Arc<Peer>, options: Arc<Options>, body: AwaitedBody) -> Self {
        let AwaitedBody {
            decoder,
            gathered,
            raw,
            expects_continue,
            ..
        } = body;
        Self {
            peer: Arc::downgrade(peer),
            patience: Patience::with_body(&options),
            options,
            decoder,
            replies: Vec::new(),
            ready: Ready::Gathered {
                bytes: gathered,
                start: 0,
            },
            raw: 0..raw.len(),
            memory: raw,
            expects_continue,
            is_read: false,
            failure: None,
        }
    }

    /// Reads bytes of the body, and waits until there are some. If there are none, it has ended.
    pub(super) fn read(&mut self, demand: &Demand, target: &mut [u8]) -> io::Result<usize> {
        self.is_read = true;
        while self.ready().is_empty() {
            if let Some(failure) = self.failure {
                return Err(failure.into());
            }
            if self.decoder.is_finished() {
                return Ok(0);
            }
            if self.decoder.is_aborted() {
                self.failure = Some(InputError::Disconnected); // keeps the bytes that follow
                continue;
            }
            if let Some(room) = self.direct_room(target) {
                return self.read_directly(demand, room);
            }
            // Even if no bytes are left: the decoder may report an error after the last data.
            let raw = &self.memory[self.raw.clone()];
            match self.decoder.decode(raw, &mut self.replies) {
                Ok(_) if raw.is_empty() => self.refill(demand)?,
                Ok(decoded) => {
                    let start = self.raw.start + decoded.data.start;
                    self.ready = Ready::Received(start..start + decoded.data.len());
                    self.raw.start += decoded.consumed;
                }
                Err(rejection) => return Err(self.fail(rejection.input_error())),
            }
        }
        let count = self.ready().read(target)?;
        self.consume(count);
        Ok(count)
    }

    /// The number of bytes that may be worth room for one read.
    pub(super) fn read_size(&self) -> usize {
        let rest = self.decoder.remaining().unwrap_or(u64::MAX);
        let rest = usize::try_from(rest).unwrap_or(usize::MAX);
        rest.clamp(READ_SIZE, BODY_READ_SIZE)
    }

    /// The part of `target` that can be received into without being decoded before. `None` if
    /// something else may come first, or if it is so small that more is better received at once.
    fn direct_room<'a>(&self, target: &'a mut [u8]) -> Option<&'a mut [u8]> {
        let ahead = self.decoder.data_ahead();
        if ahead == 0 || !self.raw.is_empty() {
            return None;
        }
        let length = usize::try_from(ahead).map_or(target.len(), |ahead| ahead.min(target.len()));
        let is_rest = self.decoder.remaining() == Some(length as u64);
        (is_rest || length >= READ_SIZE).then(|| &mut target[..length])
    }

    /// Receives bytes that are data whatever they are.
    fn read_directly(&mut self, demand: &Demand, room: &mut [u8]) -> io::Result<usize> {
        let count = self.receive(demand, room)?;
        let decoded = self.decoder.decode(&room[..count], &mut self.replies);
        let decoded = decoded.map_err(|rejection| self.fail(rejection.input_error()))?;
        debug_assert_eq!(decoded.data, 0..count);
        Ok(count)
    }

    /// Receives bytes into the memory, which has none.
    fn refill(&mut self, demand: &Demand) -> io::Result<()> {
        let mut memory = mem::take(&mut self.memory);
        memory.resize(memory.len().max(self.read_size()), 0);
        self.raw = 0..self.receive(demand, &mut memory)?;
        self.memory = memory;
        Ok(())
    }

    /// Receives bytes, and waits until there are some.
    fn receive(&mut self, demand: &Demand, buffer: &mut [u8]) -> io::Result<usize> {
        let peer = self.peer.upgrade().filter(|_| !demand.is_over());
        let Some(peer) = peer else {
            return Err(self.fail(InputError::Closed));
        };
        if self.expects_continue {
            self.ask(&peer, demand)?;
        }
        loop {
            match peer.read(buffer) {
                Ok(0) => return Err(self.fail(InputError::Disconnected)),
                // These bytes may belong to anything.
                Ok(_) if demand.is_over() => return Err(self.fail(InputError::Closed)),
                Ok(count) => {
                    self.patience.note(Duration::ZERO, count);
                    return Ok(count);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    let since = Instant::now();
                    let until = peer.within_deadline(self.patience.deadline(since));
                    if !peer.wait_readable(until).unwrap_or(false) {
                        return Err(self.fail(match peer.is_overdue() {
                            true => InputError::DeadlinePassed,
                            false => InputError::TimedOut,
                        }));
                    }
                    self.patience.note(since.elapsed(), 0);
                }
                Err(_) => return Err(self.fail(InputError::Disconnected)),
            }
        }
    }

    /// Asks the client for the body, unless it was asked before the response began.
    fn ask(&mut self, peer: &Peer, demand: &Demand) -> io::Result<()> {
        let mut asking = demand.asking();
        match *asking {
            Asking::Over => return Err(self.fail(InputError::Closed)),
            Asking::Done => {}
            Asking::Due => {
                *asking = Asking::Done;
                let mut patience = Patience::with_write(&self.options);
                let asked = peer.write_interim(encode::CONTINUE, &mut patience);
                asked.map_err(|_| self.fail(InputError::Disconnected))?;
            }
        }
        self.expects_continue = false;
        Ok(())
    }

    fn fail(&mut self, error: InputError) -> io::Error {
        self.raw = 0..0;
        self.failure = Some(error);
        error.into()
    }

    fn ready(&self) -> &[u8] {
        match &self.ready {
            Ready::Gathered { bytes, start } => &bytes[*start..],
            Ready::Received(range) => self.memory.get(range.clone()).unwrap_or_default(),
        }
    }

    fn consume(&mut self, count: usize) {
        match &mut self.ready {
            Ready::Gathered { bytes, start } => *start = (*start + count).min(bytes.len()),
            Ready::Received(range) => range.start = (range.start + count).min(range.end),
        }
    }

    /// Whether the peer has given up the request, and only waits for its end.
    pub(super) fn is_aborted(&self) -> bool {
        self.decoder.is_aborted()
    }

    /// Whether a read has failed because the client is gone, or has at least ended its side.
    pub(super) fn is_cut_short(&self) -> bool {
        self.failure == Some(InputError::Disconnected)
    }

    /// Whether no further response can come on the connection. That is so if the body failed, or if
    /// its rest is large and the application has not begun to read it or `is_dropped`.
    pub(super) fn is_unusable(&self, is_dropped: bool) -> bool {
        self.failure.is_some() || ((!self.is_read || is_dropped) && self.is_large())
    }

    /// Whether the rest of the body is too large to be read and dropped, as far as is known: of
    /// chunks, that is the rest of the current one.
    fn is_large(&self) -> bool {
        let rest = self.decoder.remaining();
        rest.unwrap_or_else(|| self.decoder.data_ahead()) > DRAIN_LIMIT
    }

    /// Whether no further response can come on the connection if the body is read no more.
    pub(super) fn is_lost(&self) -> bool {
        let is_unasked = self.expects_continue && !self.is_read;
        !self.is_aborted() && (self.failure.is_some() || is_unasked || self.is_large())
    }

    /// Ends all reads. Returns the state of the connection.
    pub(super) fn end(&mut self) -> Remains {
        let is_lost = self.is_lost();
        self.peer = Weak::new();
        self.failure = Some(InputError::Closed);
        let raw = self.memory[self.raw.clone()].to_vec();
        self.raw = 0..0;
        if is_lost {
            return Remains::Unusable;
        }
        if self.decoder.is_aborted() || self.decoder.is_finished() {
            return Remains::Finished(raw);
        }
        Remains::Drain(self.decoder.clone(), raw)
    }
}

#[cfg(test)]
mod tests {
    use std::{io::Write, os::unix::net::UnixStream};

    use wsgi_http1::{BodyDecoder, BodyLength, Limits};

    use super::*;
    use crate::peers::socket::Socket;

    /// A body whose client is at the other end of a socket.
    struct Upload {
        source: Source,
        demand: Demand,
        client: UnixStream,
        peer: Arc<Peer>,
    }

    impl Upload {
        /// A body of which these bytes came with the head.
        fn new(length: BodyLength, raw: &[u8]) -> Self {
            Self::of(AwaitedBody {
                decoder: Decoder::Http1(BodyDecoder::new(length, &Limits::new())),
                length: None,
                gathered: Vec::new(),
                raw: raw.to_vec(),
                expects_continue: false,
            })
        }

        fn of(body: AwaitedBody) -> Self {
            let (socket, client) = Socket::pair();
            let peer = Arc::new(Peer::new(socket, None, None));
            let demand = Demand::new(body.expects_continue);
            let source = Source::new(&peer, Arc::new(Options::new()), body);
            Self {
                source,
                demand,
                client,
                peer,
            }
        }

        /// Reads at most this number of bytes.
        fn read(&mut self, size: usize) -> io::Result<Vec<u8>> {
            let mut target = vec![0; size];
            let count = self.source.read(&self.demand, &mut target)?;
            target.truncate(count);
            Ok(target)
        }

        /// The bytes after the body: those that were received, and those that were not.
        fn rest(mut self) -> Vec<u8> {
            let Remains::Finished(mut rest) = self.source.end() else {
                panic!("the body is not finished")
            };
            let mut unread = [0; 64];
            let count = self.peer.read(&mut unread).unwrap_or(0);
            rest.extend_from_slice(&unread[..count]);
            rest
        }
    }

    const NEXT: &[u8] = b"GET /next";

    /// Sends a body in three pieces, the first of which comes with the head, and reads each before
    /// the next is sent. `data` is the body without its encoding.
    #[track_caller]
    fn check(length: BodyLength, encoded: &[u8], data: &[u8], cuts: [usize; 2], size: usize) {
        let sent = [encoded, NEXT].concat();
        let mut upload = Upload::new(length, &sent[..cuts[0]]);
        let mut counting = BodyDecoder::new(length, &Limits::new());
        let (mut expected, mut body) = (0, Vec::new());
        for (index, (from, to)) in [(0, cuts[0]), (cuts[0], cuts[1]), (cuts[1], sent.len())]
            .into_iter()
            .enumerate()
        {
            let mut piece = &sent[from..to];
            if index > 0 {
                upload.client.write_all(piece).unwrap();
            }
            while !piece.is_empty() && !counting.is_finished() {
                let decoded = counting.decode(piece).unwrap();
                expected += decoded.data.len();
                piece = &piece[decoded.consumed..];
            }
            while body.len() < expected {
                body.extend(upload.read(size).unwrap());
            }
        }
        assert!(upload.read(size).unwrap().is_empty(), "the body has ended");
        assert!(body == data, "{cuts:?} by {size}");
        assert_eq!(upload.rest(), NEXT, "{cuts:?} by {size}");
    }

    #[test]
    fn a_small_body_is_read_as_it_came_however_it_is_cut() {
        let known = (BodyLength::Known(9), &b"some data"[..]);
        let chunked = &b"4\r\nsome\r\n5;a=b\r\n data\r\n0\r\nA: b\r\n\r\n"[..];
        for (length, encoded) in [known, (BodyLength::Chunked, chunked)] {
            let end = encoded.len() + NEXT.len();
            for first in 0..=end {
                for second in first..=end {
                    for size in [1, 8, 9, 100] {
                        check(length, encoded, b"some data", [first, second], size);
                    }
                }
            }
        }
    }

    /// A body with the same byte only every 251 bytes.
    fn data(length: usize) -> Vec<u8> {
        (0..length).map(|at| (at % 251) as u8).collect()
    }

    #[test]
    fn a_large_body_is_read_as_it_came_at_the_edges_of_every_size() {
        let near = |size: usize| [size - 1, size, size + 1];
        let sizes: Vec<_> = [READ_SIZE, BODY_READ_SIZE].map(near).concat();
        for &length in &sizes {
            let data = data(length);
            let mut chunked = format!("{length:x}\r\n").into_bytes();
            chunked.extend_from_slice(&data);
            chunked.extend_from_slice(b"\r\n0\r\n\r\n");
            let known = (BodyLength::Known(length as u64), &data);
            for (coding, encoded) in [known, (BodyLength::Chunked, &chunked)] {
                for &size in &sizes {
                    let end = encoded.len();
                    for cuts in [[0, end], [0, 1], [7, 8], [7, end - 1], [end - 1, end]] {
                        check(coding, encoded, &data, cuts, size);
                    }
                }
            }
        }
    }

    #[test]
    fn bytes_that_are_data_whatever_they_are_go_straight_to_a_large_reader() {
        let data = data(READ_SIZE + 1);
        let mut upload = Upload::new(BodyLength::Known(data.len() as u64), b"");
        upload.client.write_all(&data).unwrap();
        assert!(upload.read(READ_SIZE).unwrap() == data[..READ_SIZE]);
        assert!(
            upload.read(READ_SIZE).unwrap() == data[READ_SIZE..],
            "the rest"
        );
        assert!(upload.source.memory.is_empty());

        let mut upload = Upload::new(BodyLength::Known(data.len() as u64), b"");
        upload.client.write_all(&data).unwrap();
        assert!(upload.read(READ_SIZE - 1).unwrap() == data[..READ_SIZE - 1]);
        assert!(
            !upload.source.memory.is_empty(),
            "it reads ahead for others"
        );
    }

    #[test]
    fn a_client_is_asked_before_a_large_read_too() {
        let mut upload = Upload::of(AwaitedBody {
            decoder: Decoder::Http1(BodyDecoder::new(BodyLength::Known(4), &Limits::new())),
            length: Some(4),
            gathered: Vec::new(),
            raw: Vec::new(),
            expects_continue: true,
        });
        upload.client.write_all(b"da").unwrap();
        assert_eq!(upload.read(READ_SIZE).unwrap(), b"da");
        upload.client.write_all(b"ta").unwrap();
        assert_eq!(upload.read(READ_SIZE).unwrap(), b"ta");
        drop(upload.peer);
        let mut asked = Vec::new();
        upload.client.read_to_end(&mut asked).unwrap();
        assert_eq!(asked, encode::CONTINUE, "once");
    }

    #[test]
    fn bytes_that_come_when_the_request_is_over_are_not_read() {
        for size in [1, READ_SIZE] {
            let mut upload = Upload::new(BodyLength::Known(READ_SIZE as u64), b"");
            upload.client.write_all(b"data").unwrap();
            upload.demand.end();
            let error = upload.read(size).unwrap_err();
            assert_eq!(InputError::of(&error), Some(&InputError::Closed));
        }
    }

    #[test]
    fn a_body_that_breaks_off_fails_all_further_reads() {
        for size in [1, READ_SIZE] {
            let mut upload = Upload::new(BodyLength::Known(READ_SIZE as u64), b"");
            upload.client.write_all(b"d").unwrap();
            upload.client.shutdown(std::net::Shutdown::Write).unwrap();
            assert_eq!(upload.read(size).unwrap(), b"d");
            for _ in 0..2 {
                let error = upload.read(size).unwrap_err();
                assert_eq!(InputError::of(&error), Some(&InputError::Disconnected));
            }
            assert!(matches!(upload.source.end(), Remains::Unusable));
        }
    }
}
