//! A request that came in pieces, so far.

use crate::{
    instant::Instant, options::Options, peers::patience::Patience, protocol::Protocol,
    requests::intake::Intake,
};

/// The bytes of a request that is not complete, and when they came.
#[derive(Debug)]
pub(crate) struct Partial {
    pub(crate) bytes: Vec<u8>,
    pub(crate) intake: Intake,
    /// When its first bytes were there. The empty lines that may precede them count for nothing
    /// (RFC 9112 section 2.2).
    begun: Option<Instant>,
    /// The deadline of the idle connection, while a part of a TLS record is all that has come.
    idle_until: Option<Instant>,
    /// When its last bytes were there.
    last: Instant,
    /// Whether there are bytes that the intake has not seen.
    pub(crate) unseen: bool,
}

impl Partial {
    /// The start of a request that was not looked at, unless `bytes` is empty.
    pub(crate) fn of(bytes: Vec<u8>, protocol: Protocol, now: Instant) -> Option<Box<Self>> {
        if bytes.is_empty() {
            return None;
        }
        let mut partial = Box::new(Partial::new(protocol, now));
        partial.bytes = bytes;
        partial.note(now, true);
        Some(partial)
    }

    /// The start of a request of which nothing has come.
    pub(crate) fn new(protocol: Protocol, now: Instant) -> Self {
        Partial {
            bytes: Vec::new(),
            intake: Intake::new(protocol),
            begun: None,
            idle_until: None,
            last: now,
            unseen: false,
        }
    }

    /// Notes that bytes came, and whether the intake has yet to see some of them.
    pub(crate) fn note(&mut self, now: Instant, unseen: bool) {
        self.last = now;
        self.unseen = unseen;
        if !self.is_blank() {
            self.begun.get_or_insert(now);
            self.idle_until = None;
        }
    }

    /// Notes that a part of a TLS record has come, on a connection that was idle until then and had
    /// this deadline.
    pub(crate) fn begin_record(&mut self, now: Instant, idle_until: Instant) {
        self.begun = Some(now);
        self.idle_until = Some(idle_until);
    }

    /// Notes that the record is complete. Returns the deadline of the connection if nothing of the
    /// request was in it.
    pub(crate) fn end_record(&mut self) -> Option<Instant> {
        let idle_until = self.idle_until?;
        self.restart();
        Some(idle_until)
    }

    /// Notes that what came first was not, or is no longer, a part of this request.
    pub(crate) fn restart(&mut self) {
        self.begun = None;
        self.idle_until = None;
    }

    /// Whether something of the request has come.
    pub(crate) fn has_begun(&self) -> bool {
        self.begun.is_some()
    }

    /// Whether nothing has come but the empty lines that may precede a request.
    pub(crate) fn is_blank(&self) -> bool {
        self.intake.head.protocol().is_blank(&self.bytes)
    }

    /// When the head has to be complete, or else the body: the more of a body has come, the
    /// later.
    pub(crate) fn deadline(&self, options: &Options) -> Instant {
        let begun = self.begun.unwrap_or(self.last);
        if !self.intake.has_head() {
            return begun + options.head_timeout;
        }
        let mut patience = Patience::with_body(options);
        patience.note(self.last - begun, self.bytes.len());
        patience.deadline(self.last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::requests::intake::Advance;

    #[test]
    fn only_the_empty_lines_that_a_parser_skips_begin_no_request() {
        let lines = b"\r\n\r\n\r";
        let mut rows: Vec<_> = (1..=lines.len())
            .map(|length| (Protocol::Http, &lines[..length], false))
            .collect();
        rows.extend([
            (Protocol::Http, &b"\r\r"[..], true),
            (Protocol::Http, b"\n", true),
            (Protocol::Http, b"\r\n\r\n\r\n", true),
            (Protocol::Http, b"\r\n\r\nG", true),
            #[cfg(feature = "fastcgi")]
            (Protocol::FastCgi, b"\r", true),
            #[cfg(feature = "scgi")]
            (Protocol::Scgi, b"\r\n", true),
            #[cfg(feature = "uwsgi")]
            (Protocol::Uwsgi, b"\r\n", true),
        ]);
        for (protocol, bytes, begins) in rows {
            let partial = Partial::of(bytes.to_vec(), protocol, Instant::now()).expect("bytes");
            let text = String::from_utf8_lossy(bytes);
            assert_eq!(partial.has_begun(), begins, "{protocol:?} {text:?}");
            if !begins {
                let advance =
                    Intake::new(protocol).advance(bytes, &Options::new(), &mut Vec::new());
                assert_eq!(advance, Ok(Advance::Partial), "{text:?}");
            }
        }
    }
}
