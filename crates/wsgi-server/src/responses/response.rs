//! A response in the bytes of its protocol.

use std::{io, mem, sync::Arc, time::Duration};

use wsgi_application::{Disconnected, Head};
use wsgi_environ::End;
use wsgi_gateway::{Delimiter, Delivery, Exchange, Framing, Live, Rest, Transport};
use wsgi_http1::encode;

use crate::{
    fastcgi::envelope::Envelope,
    loops::shared::Shared,
    options::{OUT_LIMIT, READ_SIZE},
    peers::{
        patience::Patience,
        peer::{Peer, timed_out},
        watch::Begun,
    },
    requests::streamed_body::Stream,
    responses::{
        ending::Made,
        endings::Endings,
        form::Form,
        front::put_before,
        http1_head::Persistence,
        live_tail::{Coding, LiveTail},
        small_file,
        tail::Tail,
        time_limit::{Passed, TimeLimit},
    },
};

/// A response that the engine writes: into memory, and from there to the client when the memory is
/// full or the application flushes.
pub(crate) struct Response<'a> {
    pub(crate) out: &'a mut Vec<u8>,
    pub(crate) peer: &'a Arc<Peer>,
    pub(crate) shared: &'a Shared,
    /// The patience with the client, from the first write on.
    pub(crate) patience: Option<Patience>,
    pub(crate) time_limit: Option<TimeLimit<'a>>,
    pub(crate) form: Form<'a>,
    /// The earlier requests whose responses are in the memory, too.
    pub(crate) endings: &'a mut Endings,
    /// The request's body, if the application reads it from the socket.
    pub(crate) stream: Option<&'a Stream>,
    /// Whether something of another request was read with this one.
    pub(crate) is_followed: bool,
    /// Whether the connection will take another request.
    pub(crate) keep_alive: bool,
    pub(crate) delimiter: Delimiter,
    pub(crate) body_start: BodyStart,
    pub(crate) status: u16,
    /// Whether a write has shown that the client is gone.
    pub(crate) gone: bool,
}

/// The place of the first byte of the body, or of its framing.
#[derive(Clone, Copy, Debug)]
pub(crate) enum BodyStart {
    /// There is no head yet.
    Nowhere,
    /// An index of the memory, which holds the head.
    InMemory(usize),
    /// A position in everything that the connection sends.
    Sent(u64),
}

impl Response<'_> {
    /// Writes the end of the response, and its rest if that is small. Returns a larger rest, which
    /// must be sent next. A response that is not `whole` breaks off so that the client sees it.
    #[inline(always)] // as a call would make the way of every response longer
    pub(crate) fn finish(&mut self, rest: Rest, whole: bool) -> Option<Box<Tail>> {
        if self.gone {
            // The client has a part of the earlier bytes, which nothing can complete.
            self.out.clear();
            return None;
        }
        if self.delimiter == Delimiter::Chunked && whole && !matches!(rest, Rest::Live(_)) {
            encode::last_chunk(self.out); // no other rest is of a chunked body
        }
        if !matches!(rest, Rest::Nothing) {
            return self.finish_with(rest, whole);
        }
        mem::forget(rest); // so that nothing looks for what to drop
        if let Form::FastCgi(records) = &mut self.form {
            records.close(self.out);
            records.end(self.out, whole);
        }
        None
    }

    /// Finishes a response of which a rest is left.
    #[inline(never)] // as nearly always nothing is left
    fn finish_with(&mut self, rest: Rest, whole: bool) -> Option<Box<Tail>> {
        let rest = match rest {
            Rest::File(file, length) if length <= READ_SIZE as u64 => {
                if let Form::FastCgi(records) = &mut self.form {
                    records.open(self.out);
                }
                small_file::copy(file, length, self.out)
            }
            Rest::Live(live) => match whole {
                true => return Some(self.live_tail(live)),
                false => Rest::Nothing, // it is late
            },
            rest => rest,
        };
        if let Form::FastCgi(records) = &mut self.form {
            records.close(self.out);
            if matches!(rest, Rest::Nothing) {
                records.end(self.out, whole);
                return None;
            }
            let mut trailer = Vec::new();
            records.end(&mut trailer, whole);
            let mut tail = Tail::of(rest)?;
            tail.envelope = Some(Envelope::new(records.id()));
            tail.trailer = trailer.into();
            return Some(tail);
        }
        Tail::of(rest)
    }

    /// The tail of a live body.
    #[cold]
    fn live_tail(&mut self, live: Box<Live>) -> Box<Tail> {
        let coding = match &mut self.form {
            Form::FastCgi(records) => {
                let mut trailer = Vec::new();
                records.close(self.out);
                records.end(&mut trailer, true);
                let id = records.id();
                Coding::Records { id, trailer }
            }
            _ if self.delimiter == Delimiter::Chunked => Coding::Chunked,
            _ => Coding::Plain,
        };
        let live = LiveTail::new(live, coding, self.shows_its_end());
        Tail::of_live(live)
    }

    /// Whether the application has ended the response in time. If not, nothing more of it is sent.
    #[inline]
    pub(crate) fn is_in_time(&mut self) -> bool {
        let is_in_time = self.time_limit.as_mut().is_none_or(TimeLimit::is_kept);
        self.gone |= !is_in_time;
        is_in_time
    }

    /// The response that the engine has made, as hooks see it.
    #[inline(never)] // as that would make the way of requests without hooks longer
    pub(crate) fn made(&self, finished: &Delivery, exchange: &Exchange) -> Made {
        Made {
            end: self.end_of(finished.end()),
            status: finished.status_code(exchange),
            body_bytes: finished.body_bytes(),
            body_position: self.body_position(),
            end_position: None,
            ended_at: None,
        }
    }

    /// The end of the response that the engine has made with this end.
    pub(crate) fn end_of(&self, end: End) -> End {
        let time_limit = self.time_limit.as_ref();
        let is_late = || time_limit.is_some_and(TimeLimit::has_passed);
        match end {
            End::Complete if !self.gone => end,
            _ if is_late() => End::TimedOut,
            _ => end,
        }
    }

    /// The status, if a part of the response was sent.
    pub(crate) fn sent_status(&self) -> Option<u16> {
        matches!(self.body_start, BodyStart::Sent(_)).then_some(self.status)
    }

    /// The position of the body in everything that the connection sends.
    pub(crate) fn body_position(&self) -> u64 {
        match self.body_start {
            BodyStart::Nowhere => self.peer.position() + self.out.len() as u64,
            BodyStart::InMemory(index) => self.peer.position() + index as u64,
            BodyStart::Sent(position) => position,
        }
    }

    /// The position of the end of what is in the memory, in everything that the connection sends.
    pub(crate) fn end_position(&self) -> u64 {
        self.peer.position() + self.out.len() as u64
    }

    /// Whether the client can tell by the length or the chunks that a response breaks off.
    pub(crate) fn shows_its_end(&self) -> bool {
        self.delimiter != Delimiter::Close && self.form.is_counted()
    }

    /// Whether an HTTP client has got no response, and none is in the memory.
    pub(crate) fn is_unanswered(&self) -> bool {
        matches!(self.form, Form::Http1 { .. }) && matches!(self.body_start, BodyStart::Nowhere)
    }

    /// The id of a FastCGI request.
    pub(crate) fn request_id(&self) -> Option<u16> {
        match &self.form {
            Form::FastCgi(records) => Some(records.id()),
            _ => None,
        }
    }

    fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.commit()?;
        let limit = self.time_limit.as_mut();
        let end = limit.map_or(Ok(None), |limit| limit.begin_send(self.peer));
        let result = match end {
            Ok(end) => {
                let start = || Patience::with_write(&self.shared.config.options);
                let patience = self.patience.get_or_insert_with(start);
                patience.until(end);
                self.peer.write_all(bytes, patience)
            }
            Err(Passed) => Err(timed_out()),
        };
        result.inspect_err(|_| self.gone = true)
    }

    /// Decides that the client gets this response, before its first bytes leave the memory. Fails
    /// if its deadline has passed.
    fn commit(&mut self) -> io::Result<()> {
        let BodyStart::Sent(body_position) = self.body_start else {
            return Ok(());
        };
        let begun = Begun {
            status: self.status,
            body_position,
        };
        self.peer.commit(begun).inspect_err(|_| self.gone = true)
    }

    fn send_out(&mut self) -> io::Result<()> {
        if let BodyStart::InMemory(index) = &mut self.body_start {
            // Earlier responses were sent before the application was called with a stream.
            if self.stream.is_some_and(Stream::asks_first) {
                put_before(self.out, encode::CONTINUE);
                *index += encode::CONTINUE.len();
            }
            self.body_start = BodyStart::Sent(self.body_position());
        }
        let out = mem::take(self.out);
        let result = self.send(&out);
        *self.out = out;
        self.out.clear();
        self.note_sent(match &result {
            Ok(()) => End::Complete,
            Err(error) => End::of_write_error(error.kind()),
        });
        result
    }

    /// Notes the end of the earlier responses, whose bytes left the memory.
    fn note_sent(&mut self, end: End) {
        if !self.endings.is_empty() {
            self.endings.end(end);
        }
        self.endings.measures.end(end, self.peer.position());
    }

    /// Notes that the client is gone.
    #[cold]
    fn end_gone<T>(&mut self) -> io::Result<T> {
        self.gone = true;
        self.out.clear();
        self.note_sent(End::Disconnected);
        Err(Disconnected.into())
    }

    /// Sends bytes that are too many for the memory.
    fn send_body(&mut self, bytes: &[u8]) -> io::Result<()> {
        if let Form::FastCgi(records) = &mut self.form {
            records.close(self.out);
            let mut envelope = Envelope::new(records.id());
            let mut left = bytes;
            while !left.is_empty() {
                let room = envelope.room(left.len() as u64, self.out);
                let content = left.split_off(..room).unwrap_or_default();
                self.send_out()?;
                self.send(content)?;
                envelope.note(content.len());
            }
            return Ok(());
        }
        let chunked = self.delimiter == Delimiter::Chunked;
        if chunked {
            encode::chunk_size(self.out, bytes.len() as u64);
        }
        self.send_out()?;
        self.send(bytes)?;
        if chunked {
            encode::end_of_chunk(self.out);
        }
        Ok(())
    }

    /// Whether the connection can take another request after this response, which begins. During
    /// the shutdown, which may have begun after the application was called, it only does if
    /// something of that request has come: its client has to know which response is the last one.
    #[cold]
    fn may_be_kept(&self) -> bool {
        match self.stream {
            Some(stream) if stream.response_begins() => false,
            _ if self.shared.is_serving() => true,
            Some(stream) => stream.is_followed(self.peer),
            None => self.is_followed || self.peer.is_followed(),
        }
    }
}

impl Transport for Response<'_> {
    fn head(&mut self, head: &Head, framing: Framing) -> io::Result<()> {
        if self.stream.is_some() || !self.shared.is_serving() {
            self.keep_alive &= self.may_be_kept();
        }
        self.time_limit.iter_mut().for_each(TimeLimit::begin);
        self.delimiter = framing.delimiter;
        self.status = head.status.code();
        match &mut self.form {
            Form::Http1 {
                clock,
                last,
                is_http10,
            } => {
                self.keep_alive &= framing.delimiter != Delimiter::Close;
                let persistence = Persistence::new(self.keep_alive, *is_http10);
                last.write(self.out, head, framing, persistence, clock);
            }
            Form::FastCgi(records) => {
                records.open(self.out);
                wsgi_gateway::write_cgi_head(self.out, head, framing);
            }
            #[cfg(feature = "scgi")]
            Form::Scgi => wsgi_gateway::write_cgi_head(self.out, head, framing),
            #[cfg(feature = "uwsgi")]
            Form::Uwsgi => wsgi_gateway::write_uwsgi_head(self.out, head, framing),
        }
        self.body_start = BodyStart::InMemory(self.out.len());
        Ok(())
    }

    fn body(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.gone {
            return Err(Disconnected.into());
        }
        if self.out.len() + bytes.len() > OUT_LIMIT {
            return self.send_body(bytes);
        }
        match &mut self.form {
            Form::Http1 { .. } if self.delimiter == Delimiter::Chunked => {
                encode::chunk(self.out, bytes);
                return Ok(());
            }
            Form::FastCgi(records) => records.open(self.out),
            _ => {}
        }
        self.out.extend_from_slice(bytes);
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.gone {
            return Err(Disconnected.into());
        }
        if let Form::FastCgi(records) = &mut self.form {
            records.close(self.out);
        }
        self.send_out()
    }

    /// Copies a small body behind the head, so that one call sends both.
    #[inline(always)] // as nearly every body comes here
    fn take_body(&mut self, bytes: &[u8]) -> bool {
        if self.gone || bytes.len() > READ_SIZE {
            return false;
        }
        if let Form::FastCgi(records) = &mut self.form {
            records.open(self.out);
        }
        self.out.extend_from_slice(bytes);
        true
    }

    fn channel_patience(&self) -> Option<Duration> {
        Some(self.shared.config.options.write_timeout)
    }

    /// An iterator may read the request's body, whose connection is then not free, and a time limit
    /// is watched only during the call.
    fn chunk_limit(&self) -> Option<usize> {
        let is_free = self.stream.is_none() && self.time_limit.is_none();
        (is_free && !self.shared.config.options.bodies_keep_thread).then_some(READ_SIZE)
    }

    fn try_flush(&mut self) -> io::Result<bool> {
        if self.gone {
            return Err(Disconnected.into());
        }
        if let Form::FastCgi(records) = &mut self.form {
            records.close(self.out);
        }
        self.body_start = BodyStart::Sent(self.body_position());
        if let Err(error) = self.commit() {
            self.out.clear();
            self.note_sent(End::of_write_error(error.kind()));
            return Err(error);
        }
        while !self.out.is_empty() {
            match self.peer.write(self.out) {
                Ok(count) => drop(self.out.drain(..count)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
                Err(_) => return self.end_gone(),
            }
        }
        match self.peer.flush() {
            Ok(true) => self.note_sent(End::Complete),
            Ok(false) => return Ok(false),
            Err(_) => return self.end_gone(),
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        loops::shared::tests::shared,
        peers::socket::Socket,
        responses::{clock::Clock, http1_head::LastHead},
    };

    #[test]
    fn nothing_is_sent_after_a_failed_write() {
        let (socket, _client) = Socket::pair();
        let peer = Arc::new(Peer::new(socket, None, None));
        let mut out = b"the head of another response".to_vec();
        let mut response = Response {
            out: &mut out,
            peer: &peer,
            shared: &shared(1),
            patience: None,
            time_limit: None,
            form: Form::Http1 {
                clock: &Clock::new(""),
                last: &mut LastHead::new(),
                is_http10: false,
            },
            endings: &mut Endings::default(),
            stream: None,
            is_followed: false,
            keep_alive: true,
            delimiter: Delimiter::Chunked,
            body_start: BodyStart::Nowhere,
            status: 0,
            gone: true,
        };
        let rest = Rest::Bytes(b"and its body".into());
        assert!(response.finish(rest, true).is_none());
        assert!(response.out.is_empty());
    }
}
