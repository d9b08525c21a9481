//! The head of an HTTP/1.1 response.

use std::{ops::Range, ptr};

use wsgi_application::{Head, Status};
use wsgi_gateway::{Delimiter, Framing};
use wsgi_headers::NameSet;
use wsgi_http1::encode;

use crate::responses::clock::{Clock, Tick};

/// The `Connection` field of a response (RFC 9112 section 9.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Persistence {
    /// The connection is kept. A client of HTTP/1.1 expects that without a field.
    Implied,
    /// The connection is kept. A client of HTTP/1.0 must be told.
    KeepAlive,
    /// The connection ends with the response.
    Close,
}

impl Persistence {
    /// The persistence of a connection to a client of HTTP/1.1 or 1.0.
    #[inline]
    pub(crate) fn new(keep_alive: bool, is_http10: bool) -> Self {
        match (keep_alive, is_http10) {
            (true, false) => Self::Implied,
            (true, true) => Self::KeepAlive,
            (false, _) => Self::Close,
        }
    }

    fn field(self) -> &'static [u8] {
        match self {
            Self::Implied => b"",
            Self::KeepAlive => b"Connection: keep-alive\r\n",
            Self::Close => b"Connection: close\r\n",
        }
    }
}

/// The fields that the server adds because the application did not set them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Additions {
    date: bool,
    server: bool,
}

impl Additions {
    fn to(head: &Head) -> Self {
        if !head.headers.may_have(NameSet::of(&["Date", "Server"])) {
            return Self {
                date: true,
                server: true,
            };
        }
        Self {
            date: !head.headers.contains("Date"),
            server: !head.headers.contains("Server"),
        }
    }
}

/// The head of the last response of a thread. The next one is often the same, and then is a copy.
/// If only the application's fields differ, as by the id of a request, they are put into it.
#[derive(Debug)]
pub(crate) struct LastHead {
    text: Vec<u8>,
    /// The status, once there is a head.
    status: Option<Status>,
    /// The place of the application's fields in the text.
    fields: Range<usize>,
    content_length: Option<u64>,
    is_chunked: bool,
    persistence: Persistence,
    adds: Additions,
    /// The clock's fields in the text.
    tick: Tick,
}

impl LastHead {
    /// No head, which is that of no response.
    pub(crate) fn new() -> Self {
        Self {
            text: Vec::new(),
            status: None,
            fields: 0..0,
            content_length: None,
            is_chunked: false,
            persistence: Persistence::Implied,
            adds: Additions::default(),
            tick: Tick::default(),
        }
    }

    /// Forgets the head, and gives its memory back.
    pub(crate) fn clear(&mut self) {
        *self = Self::new();
    }

    /// Writes a head with the fields that the server adds.
    #[inline(always)] // in the one place that many requests take
    pub(crate) fn write(
        &mut self,
        out: &mut Vec<u8>,
        head: &Head,
        framing: Framing,
        persistence: Persistence,
        clock: &Clock,
    ) {
        let has_status = |last: &Status| is_same_status(last, &head.status);
        let is_same = self.status.as_ref().is_some_and(has_status)
            && self.content_length == framing.content_length
            && self.is_chunked == (framing.delimiter == Delimiter::Chunked)
            && self.persistence == persistence
            && self.tick == clock.tick();
        if !is_same || self.text[self.fields.clone()] != *head.headers.as_bytes() {
            self.change(head, framing, persistence, clock, is_same);
        }
        out.extend_from_slice(&self.text);
    }

    /// Makes it a head with other fields than the last one. Apart from them, it may be the same.
    #[inline(never)] // as most heads are copies
    fn change(
        &mut self,
        head: &Head,
        framing: Framing,
        persistence: Persistence,
        clock: &Clock,
        is_same: bool,
    ) {
        let fields = head.headers.as_bytes();
        if is_same && fields.len() == self.fields.len() && self.adds == Additions::to(head) {
            self.text[self.fields.clone()].copy_from_slice(fields);
        } else {
            self.make(head, framing, persistence, clock);
        }
    }

    fn make(&mut self, head: &Head, framing: Framing, persistence: Persistence, clock: &Clock) {
        self.status = Some(head.status.clone());
        self.content_length = framing.content_length;
        self.is_chunked = framing.delimiter == Delimiter::Chunked;
        self.persistence = persistence;
        self.adds = Additions::to(head);
        self.tick = clock.tick();
        self.text.clear();
        let reason = head.status.reason().as_bytes();
        encode::status_line(&mut self.text, head.status.code(), reason);
        let start = self.text.len();
        self.text.extend_from_slice(head.headers.as_bytes());
        self.fields = start..self.text.len();
        write_own_fields(&mut self.text, framing, persistence, self.adds, clock);
    }
}

/// Whether two statuses are written alike. Their reasons are mostly the same text of a program,
/// which needs no comparison.
#[inline]
fn is_same_status(one: &Status, other: &Status) -> bool {
    let reasons = [one, other].map(|status| status.reason().as_bytes());
    one.code() == other.code() && (ptr::eq(reasons[0], reasons[1]) || reasons[0] == reasons[1])
}

/// Writes a head with the fields that the server adds.
pub(crate) fn write(
    out: &mut Vec<u8>,
    head: &Head,
    framing: Framing,
    persistence: Persistence,
    clock: &Clock,
) {
    LastHead::new().write(out, head, framing, persistence, clock);
}

/// Changes a head by which the connection is kept into one by which it ends with the response. The
/// head ends at `end`, and other responses may be before it. Returns its new end.
pub(crate) fn say_last(out: &mut Vec<u8>, end: usize, is_http10: bool) -> usize {
    let (kept, last) = (Persistence::new(true, is_http10), Persistence::Close);
    let (kept, last) = (kept.field(), last.field());
    let end_of_fields = end - b"\r\n".len();
    // The field is in no earlier place, as applications cannot set it.
    let is_there = |at: &usize| out[..*at].ends_with(b"\r\n") && out[*at..].starts_with(kept);
    let Some(at) = (0..=end_of_fields).rev().find(is_there) else {
        return end;
    };
    out.splice(at..at + kept.len(), last.iter().copied());
    end + last.len() - kept.len()
}

/// Writes the fields that the server adds, and the end of the head.
fn write_own_fields(
    out: &mut Vec<u8>,
    framing: Framing,
    persistence: Persistence,
    adds: Additions,
    clock: &Clock,
) {
    if let Some(length) = framing.content_length {
        encode::content_length(out, length);
    }
    if framing.delimiter == Delimiter::Chunked {
        out.extend_from_slice(b"Transfer-Encoding: chunked\r\n");
    }
    out.extend_from_slice(persistence.field());
    match (adds.date, adds.server) {
        (true, true) => out.extend_from_slice(clock.date_and_server()),
        (true, false) => out.extend_from_slice(clock.date()),
        (false, true) => out.extend_from_slice(clock.server()),
        (false, false) => {}
    }
    encode::end_of_head(out);
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use crate::instant::Instant;

    use super::*;

    /// A head and everything else that its text depends on.
    struct Row {
        status: Status,
        fields: Vec<(&'static str, &'static str)>,
        framing: Framing,
        persistence: Persistence,
    }

    impl Row {
        fn new(change: impl FnOnce(&mut Self)) -> Self {
            let mut row = Self {
                status: Status::OK,
                fields: vec![("Content-Type", "text/plain")],
                framing: Framing {
                    content_length: Some(13),
                    delimiter: Delimiter::Length(13),
                },
                persistence: Persistence::Implied,
            };
            change(&mut row);
            row
        }

        fn write(&self, last: &mut LastHead, clock: &Clock) -> Vec<u8> {
            let mut out = b"an earlier response".to_vec();
            self.write_to(&mut out, last, clock);
            out
        }

        fn write_to(&self, out: &mut Vec<u8>, last: &mut LastHead, clock: &Clock) {
            let mut head = Head::new();
            head.status = self.status.clone();
            head.headers.extend_from(&self.fields).unwrap();
            last.write(out, &head, self.framing, self.persistence, clock);
        }
    }

    #[test]
    fn a_head_does_not_depend_on_the_one_before() {
        let chunked = Framing {
            content_length: None,
            delimiter: Delimiter::Chunked,
        };
        let rows = [
            Row::new(|_| {}),
            Row::new(|row| row.status = Status::NOT_FOUND),
            Row::new(|row| row.status = Status::new(200, "Ok").unwrap()),
            Row::new(|row| row.status = Status::new(200, "").unwrap()),
            Row::new(|row| row.fields[0].1 = "text/plane"),
            Row::new(|row| row.fields[0].0 = "content-type"),
            Row::new(|row| row.fields[0] = ("Server", "of equal length!")),
            Row::new(|row| row.fields[0] = ("Date", "also of that size!")),
            Row::new(|row| row.fields.clear()),
            Row::new(|row| row.fields.push(("Date", "today"))),
            Row::new(|row| row.fields.push(("Server", "another"))),
            Row::new(|row| row.framing.content_length = Some(14)),
            Row::new(|row| row.framing.content_length = None),
            Row::new(|row| row.framing = chunked),
            Row::new(|row| row.persistence = Persistence::KeepAlive),
            Row::new(|row| row.persistence = Persistence::Close),
        ];
        let mut clock = Clock::new("wsgi");
        clock.advance(Instant::now());
        for (first, one) in rows.iter().enumerate() {
            for (second, other) in rows.iter().enumerate() {
                let mut last = LastHead::new();
                let before = one.write(&mut last, &clock);
                let after = other.write(&mut last, &clock);
                assert_eq!(after, other.write(&mut LastHead::new(), &clock));
                assert_eq!(before == after, first == second, "{first} and {second}");
            }
        }
    }

    #[test]
    fn the_first_head_is_written_whatever_it_is() {
        let row = Row::new(|row| {
            row.fields.clear();
            row.framing.content_length = None;
        });
        let text = row.write(&mut LastHead::new(), &Clock::new(""));
        assert!(text.ends_with(b"HTTP/1.1 200 OK\r\n\r\n"), "{text:?}");
    }

    #[test]
    fn a_head_can_still_be_that_of_the_last_response() {
        let mut clock = Clock::new("wsgi");
        clock.advance(Instant::now());
        for (kept, is_http10) in [
            (Persistence::Implied, false),
            (Persistence::KeepAlive, true),
        ] {
            let row = |persistence| {
                Row::new(|row| {
                    row.fields.push(("X-Trap", "Connection: keep-alive"));
                    row.persistence = persistence;
                })
            };
            let mut out = row(kept).write(&mut LastHead::new(), &clock);
            row(kept).write_to(&mut out, &mut LastHead::new(), &clock);
            let end = out.len();
            out.extend_from_slice(b"the body");
            let new_end = say_last(&mut out, end, is_http10);
            assert_eq!(&out[new_end..], b"the body");
            let mut expected = row(kept).write(&mut LastHead::new(), &clock);
            row(Persistence::Close).write_to(&mut expected, &mut LastHead::new(), &clock);
            let lines = |text: &[u8]| {
                let text = str::from_utf8(text).unwrap();
                let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
                lines.sort_unstable();
                lines
            };
            assert_eq!(lines(&out[..new_end]), lines(&expected));
            assert!(out[..new_end].ends_with(b"\r\n\r\n"));
        }
    }

    #[test]
    fn a_head_that_is_forgotten_takes_no_memory_and_is_made_anew() {
        let (mut clock, row) = (Clock::new("wsgi"), Row::new(|_| {}));
        clock.advance(Instant::now());
        let mut last = LastHead::new();
        let before = row.write(&mut last, &clock);
        last.clear();
        assert_eq!(last.text.capacity(), 0);
        assert_eq!(row.write(&mut last, &clock), before);
    }

    #[test]
    fn a_head_has_the_date_of_its_second() {
        let (mut clock, row) = (Clock::new(""), Row::new(|_| {}));
        let mut last = LastHead::new();
        for second in [784_111_777, 784_111_778] {
            let time = SystemTime::UNIX_EPOCH + Duration::from_secs(second);
            clock.write(Instant::now(), time);
            for _ in 0..2 {
                let text = String::from_utf8(row.write(&mut last, &clock)).unwrap();
                let date = format!("Date: {}\r\n", httpdate::fmt_http_date(time));
                assert!(text.contains(&date), "{text}");
            }
        }
    }
}
