//! The wire protocol of the session server: XDR strings in frames of a known length.
//!
//! A message is a four-byte signed length in network byte order, followed by that many bytes of
//! strings. A string is that of RFC 4506, section 4.11: a four-byte unsigned length, the bytes, and
//! up to three zero bytes that fill the last group of four. The first string is the verb.
//!
//! | request | answers |
//! |---|---|
//! | `GET` key | `FOUND` data, `NOTFOUND` |
//! | `SET` key data | `OK` |
//! | `BYE` | `OK`, and the server closes |
//! | `CREATE` key record now annex | `DONE` |
//! | `READ` key now | `RECORD` record annex, `RETIRED` record annex, `ABSENT` |
//! | `SAVE` key version record now annex | `DONE`, `CONFLICT` record annex, `RETIRED`, `GONE` |
//! | `TOUCH` key deadline now | `DONE`, `GONE` |
//! | `RENEW` key version new-key record annex grace now | `DONE`, `CONFLICT` record annex, `GONE` |
//! | `END` key now | `DONE`, `GONE` |
//! | `ENDALL` owner now | `ENDED` count |
//! | `LIST` owner after now | `LISTED` sessions, `MORE` sessions |
//! | `SWEEP` at-most now | `SWEPT` count |
//! | `STATS` now | `STATS` numbers |
//!
//! Every request may also be answered with `ERROR` text, `CORRUPT`, `EXISTS`, `FULL` or `TOOLARGE`.
//! The first three verbs are those of WSGI Utils, and do not see what the others store.
//!
//! Keys have 32 bytes and versions 16. A record is encoded by
//! [`Record::encode`](crate::Record::encode). An annex is encoded by
//! [`Annex::encode`](crate::Annex::encode), or empty. Times and durations are milliseconds; times
//! count from the Unix epoch. Numbers are eight bytes in network byte order. A `SWEEP` removes
//! nothing that is live by the server's own clock.
//!
//! A list comes in parts. Each request names the key after which it continues, or an empty one.
//! After `LISTED` there are no more. A session in a list is its key, its handle in 16 bytes, the
//! time at which it became the owner's, the time of its last use, the length of its note in two
//! bytes, and the note. A length of all ones means that there is no note.
//!
//! The numbers of `STATS` are those of [`Statistics`](crate::Statistics) in the order of its
//! fields. A time is zero if there is none. Further numbers may follow. Clients who ask at about
//! the same time get the same numbers.
//!
//! Clients of the previous version are served as before. Their `CREATE` and `SAVE` have no annex;
//! the stored one is kept. `LOAD` reads a record without its annex. `RETIRE` key version grace now
//! retires a key whose session the client has created under another one, or ends it if the version
//! is empty.
//!
//! Nothing here opens a socket: slices go in, and [`Inbox`] says when they contain a message.
//!
//! ```
//! use wsgi_sessions::wire::{self, Inbox};
//!
//! let mut bytes = Vec::new();
//! wire::write(&mut bytes, &[b"GET", b"visitor"]);
//! assert_eq!(bytes.len(), 4 + (4 + 4) + (4 + 8));
//!
//! let mut inbox = Inbox::new(1024);
//! inbox.receive(&bytes);
//! let message = inbox.next()?.expect("it is whole");
//! assert_eq!(message.strings(), [b"GET".as_slice(), b"visitor"]);
//! # Ok::<(), wire::Malformed>(())
//! ```

use std::{error::Error, fmt, ops::Range};

/// The largest number of strings in a message. No known message has more.
pub const MAX_STRINGS: usize = 8;

/// The size of the length before a message, and before a string.
const LENGTH: usize = 4;

/// The largest memory that an inbox keeps after a large message.
const KEPT: usize = 64 * 1024;

/// Error for bytes that are not a message. Nothing after them on the connection has a meaning.
///
/// ```
/// use wsgi_sessions::wire::{Inbox, Malformed};
///
/// let mut inbox = Inbox::new(1024);
/// inbox.receive(&2000_i32.to_be_bytes());
/// assert_eq!(inbox.next(), Err(Malformed::TooLong { max: 1024 }));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Malformed {
    /// The length is negative, or not a multiple of four.
    Length,
    /// The message is longer than this side accepts.
    TooLong {
        /// The longest accepted message, in bytes.
        max: usize,
    },
    /// A string ends after its message, or is padded with something other than zeros.
    String,
    /// The message has no verb.
    Empty,
    /// The message has more than [`MAX_STRINGS`] strings.
    TooManyStrings,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length => f.write_str("the length of the message is malformed"),
            Self::TooLong { max } => write!(f, "the message is longer than {max} bytes"),
            Self::String => f.write_str("a string of the message is malformed"),
            Self::Empty => f.write_str("the message is empty"),
            Self::TooManyStrings => {
                write!(f, "the message has more than {MAX_STRINGS} strings")
            }
        }
    }
}

impl Error for Malformed {}

/// A message: a verb and its arguments.
///
/// ```
/// use wsgi_sessions::wire::{self, Inbox};
///
/// let mut bytes = Vec::new();
/// wire::write(&mut bytes, &[b"SET", b"visitor", b"seven"]);
/// let mut inbox = Inbox::new(1024);
/// inbox.receive(&bytes);
/// let message = inbox.next()?.unwrap();
/// let [verb, key, data] = message.strings() else { panic!("three strings") };
/// assert_eq!((*verb, *key, *data), (&b"SET"[..], &b"visitor"[..], &b"seven"[..]));
/// # Ok::<(), wire::Malformed>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message<'a> {
    strings: [&'a [u8]; MAX_STRINGS],
    count: usize,
}

impl<'a> Message<'a> {
    /// Reads the strings that fill `bytes`.
    fn parse(mut bytes: &'a [u8]) -> Result<Self, Malformed> {
        let mut message = Self {
            strings: [&[]; MAX_STRINGS],
            count: 0,
        };
        while !bytes.is_empty() {
            let place = message.strings.get_mut(message.count);
            let place = place.ok_or(Malformed::TooManyStrings)?;
            (*place, bytes) = split_string(bytes).ok_or(Malformed::String)?;
            message.count += 1;
        }
        if message.count == 0 {
            return Err(Malformed::Empty);
        }
        Ok(message)
    }

    /// Returns the strings, beginning with the verb. There is always a verb.
    #[must_use]
    pub fn strings(&self) -> &[&'a [u8]] {
        &self.strings[..self.count]
    }
}

/// Buffer of the bytes received on a connection.
///
/// It grows with the bytes received, never with a length that a peer announces.
///
/// ```
/// use wsgi_sessions::wire::{self, Inbox};
///
/// let mut bytes = Vec::new();
/// wire::write(&mut bytes, &[b"BYE"]);
/// let mut inbox = Inbox::new(1024);
/// inbox.receive(&bytes[..5]);
/// assert!(!inbox.is_ready() && !inbox.is_empty());
/// inbox.receive(&bytes[5..]);
/// assert!(inbox.is_ready());
/// assert_eq!(inbox.next()?.unwrap().strings(), [b"BYE"]);
/// assert!(inbox.is_empty());
/// # Ok::<(), wire::Malformed>(())
/// ```
#[derive(Debug)]
pub struct Inbox {
    bytes: Vec<u8>,
    read: usize,
    max: usize,
}

impl Inbox {
    /// Makes an inbox for messages of up to `max` bytes, not counting the length before them.
    #[must_use]
    pub const fn new(max: usize) -> Self {
        Self {
            bytes: Vec::new(),
            read: 0,
            max,
        }
    }

    /// Appends received bytes.
    pub fn receive(&mut self, bytes: &[u8]) {
        self.release();
        self.bytes.extend_from_slice(bytes);
    }

    /// Returns the next message, or `None` if it is not complete. After `None`, the inbox keeps no
    /// memory of a large message.
    ///
    /// # Errors
    ///
    /// Fails if the bytes are not a message. The connection has no meaning from there on. A length
    /// beyond the limit fails before the announced bytes have arrived.
    #[expect(
        clippy::should_implement_trait,
        reason = "the message borrows from the inbox"
    )]
    pub fn next(&mut self) -> Result<Option<Message<'_>>, Malformed> {
        let Some(frame) = self.frame()? else {
            // A peer may say nothing more for hours.
            self.release();
            return Ok(None);
        };
        self.read = frame.end;
        Message::parse(&self.bytes[frame]).map(Some)
    }

    /// Whether [`next`](Self::next) would return a message or an error.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        !matches!(self.frame(), Ok(None))
    }

    /// Whether all received bytes have been read.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.read == self.bytes.len()
    }

    /// Drops the messages that were read, and the memory of large ones.
    pub(crate) fn release(&mut self) {
        self.bytes.drain(..self.read);
        self.read = 0;
        if self.bytes.is_empty() {
            self.bytes.shrink_to(KEPT);
        }
    }

    /// Returns the range of the next message's strings.
    fn frame(&self) -> Result<Option<Range<usize>>, Malformed> {
        let Some((length, rest)) = self.bytes[self.read..].split_first_chunk::<LENGTH>() else {
            return Ok(None);
        };
        let length = usize::try_from(i32::from_be_bytes(*length)).map_err(|_| Malformed::Length)?;
        if length > self.max {
            return Err(Malformed::TooLong { max: self.max });
        }
        if length % 4 != 0 {
            return Err(Malformed::Length);
        }
        let start = self.read + LENGTH;
        Ok((rest.len() >= length).then_some(start..start + length))
    }
}

/// Appends the message of `strings` to `out`.
///
/// # Panics
///
/// Panics if the message is longer than 2 GiB, the largest length that can be written.
///
/// ```
/// use wsgi_sessions::wire;
///
/// let mut bytes = Vec::new();
/// wire::write(&mut bytes, &[b"BYE"]);
/// assert_eq!(bytes, b"\0\0\0\x08\0\0\0\x03BYE\0");
/// ```
pub fn write(out: &mut Vec<u8>, strings: &[&[u8]]) {
    let length = length(strings);
    let announced = i32::try_from(length).expect("a message is shorter than 2 GiB");
    out.reserve(LENGTH + length);
    out.extend_from_slice(&announced.to_be_bytes());
    for string in strings {
        let announced = u32::try_from(string.len()).expect("it is shorter than its message");
        out.extend_from_slice(&announced.to_be_bytes());
        out.extend_from_slice(string);
        out.extend_from_slice(&[0; 3][..padding(string.len())]);
    }
}

/// Returns the length of the message of `strings`, without the length before it.
///
/// ```
/// use wsgi_sessions::wire;
///
/// let strings: [&[u8]; 2] = [b"GET", b"visitor"];
/// let mut bytes = Vec::new();
/// wire::write(&mut bytes, &strings);
/// assert_eq!(bytes.len(), 4 + wire::length(&strings));
/// ```
#[must_use]
pub fn length(strings: &[&[u8]]) -> usize {
    let taken = |string: &&[u8]| LENGTH + string.len() + padding(string.len());
    strings.iter().map(taken).sum()
}

/// Returns the number of zero bytes after a string of this length.
fn padding(length: usize) -> usize {
    length.wrapping_neg() % 4
}

/// Splits off the string at the front of `bytes`.
fn split_string(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<LENGTH>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let (string, rest) = rest.split_at_checked(length)?;
    let (fill, rest) = rest.split_at_checked(padding(length))?;
    fill.iter().all(|&byte| byte == 0).then_some((string, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{collection::vec, prelude::*};

    type Strings = Vec<Vec<u8>>;

    /// Reads messages from the pieces, up to the first malformed one.
    fn read<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> (Vec<Strings>, Option<Malformed>) {
        let mut inbox = Inbox::new(256);
        let mut messages = Vec::new();
        for piece in pieces {
            inbox.receive(piece);
            loop {
                match inbox.next() {
                    Ok(None) => break,
                    Ok(Some(message)) => {
                        messages.push(message.strings().iter().map(|s| s.to_vec()).collect());
                    }
                    Err(malformed) => return (messages, Some(malformed)),
                }
            }
        }
        (messages, None)
    }

    #[track_caller]
    fn check(name: &str, bytes: &[u8], expected: Result<&[&[u8]], Malformed>) {
        let expected = match expected {
            Ok(strings) => (vec![strings.iter().map(|s| s.to_vec()).collect()], None),
            Err(malformed) => (vec![], Some(malformed)),
        };
        assert_eq!(read([bytes]), expected, "{name}, whole");
        assert_eq!(read(bytes.chunks(1)), expected, "{name}, byte by byte");
        for cut in 0..bytes.len() {
            let (front, back) = bytes.split_at(cut);
            assert_eq!(read([front, back]), expected, "{name}, cut at {cut}");
        }
    }

    #[test]
    fn a_message_is_read_the_same_however_it_is_cut() {
        check(
            "a request of WSGI Utils",
            b"\0\0\0\x14\0\0\0\x03GET\0\0\0\0\x05abcde\0\0\0",
            Ok(&[b"GET", b"abcde"]),
        );
        check("a verb alone", b"\0\0\0\x08\0\0\0\x04SAVE", Ok(&[b"SAVE"]));
        check("an empty string", b"\0\0\0\x04\0\0\0\0", Ok(&[b""]));
    }

    #[test]
    fn bytes_that_are_not_a_message_are_malformed() {
        check(
            "a negative length",
            b"\xff\xff\xff\xff",
            Err(Malformed::Length),
        );
        check("an odd length", b"\0\0\0\x05", Err(Malformed::Length));
        check("no verb", b"\0\0\0\0", Err(Malformed::Empty));
        let max = 256;
        check(
            "a length past the limit",
            b"\0\0\x01\x04",
            Err(Malformed::TooLong { max }),
        );
        check(
            "a huge length",
            b"\x7f\xff\xff\xfc",
            Err(Malformed::TooLong { max }),
        );
        let cases: [(&str, &[u8]); 4] = [
            ("a string past the end", b"\0\0\0\x08\0\0\0\x05SAVE"),
            ("a huge string", b"\0\0\0\x08\xff\xff\xff\xffSAVE"),
            ("padding that is not zero", b"\0\0\0\x08\0\0\0\x03GETx"),
            (
                "a length without its string",
                b"\0\0\0\x0c\0\0\0\x04SAVE\0\0\0\x01",
            ),
        ];
        for (name, bytes) in cases {
            check(name, bytes, Err(Malformed::String));
        }
        let mut many = Vec::new();
        write(&mut many, &[b"x".as_slice(); MAX_STRINGS + 1]);
        check("too many strings", &many, Err(Malformed::TooManyStrings));
    }

    #[test]
    fn a_message_of_the_greatest_length_is_read() {
        let mut bytes = Vec::new();
        write(&mut bytes, &[&[7; 252]]);
        check("as long as allowed", &bytes, Ok(&[&[7; 252]]));
    }

    #[test]
    fn an_inbox_releases_the_memory_of_a_large_message() {
        let mut bytes = Vec::new();
        write(&mut bytes, &[&vec![7; 4 * KEPT]]);
        let mut inbox = Inbox::new(bytes.len());
        inbox.receive(&bytes);
        assert!(inbox.next().is_ok_and(|message| message.is_some()));
        assert_eq!(inbox.next(), Ok(None));
        assert!(inbox.is_empty() && inbox.bytes.capacity() <= KEPT);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            messages in vec(vec(vec(any::<u8>(), 0..20), 1..=MAX_STRINGS), 1..4),
            size in 1_usize..80,
        ) {
            let mut bytes = Vec::new();
            for strings in &messages {
                let strings: Vec<_> = strings.iter().map(Vec::as_slice).collect();
                let before = bytes.len();
                write(&mut bytes, &strings);
                prop_assert_eq!(bytes.len() - before, 4 + length(&strings));
            }
            prop_assert_eq!(read(bytes.chunks(size)), (messages, None));
        }

        #[test]
        fn any_bytes_are_read_the_same_however_they_are_cut(
            bytes in vec(prop_oneof![3 => Just(0_u8), 2 => 0_u8..20, 1 => any::<u8>()], 0..80),
            size in 1_usize..20,
        ) {
            prop_assert_eq!(read(bytes.chunks(size)), read([bytes.as_slice()]));
        }
    }
}
