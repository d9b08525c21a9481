//! The wire of the session server: XDR strings in frames of a known length.
//!
//! A message is a four-byte signed length in network byte order, and as many bytes of strings. A
//! string is that of RFC 4506, section 4.11: a four-byte unsigned length, the bytes, and up to
//! three zero bytes that fill the last group of four. The first string is the verb.
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
//! | `SWEEP` most now | `SWEPT` count |
//!
//! Every request may also be answered by `ERROR` text, `CORRUPT`, `EXISTS`, `FULL` or `TOOLARGE`. The first
//! three verbs are those of WSGI Utils, and see nothing of what the others store. Keys are 32
//! bytes and versions 16; a record is [`Record::encode`](crate::Record::encode)'s and an annex
//! [`Annex::encode`](crate::Annex::encode)'s, or empty; times and
//! durations are milliseconds, since the Unix epoch where they are times, and numbers are eight
//! bytes in network byte order. A `SWEEP` removes nothing that lives by the server's own clock.
//!
//! A list comes in parts: each request says after which key it goes on, or an empty one, and after
//! `LISTED` there is no more. A session in it is its key, its handle in 16 bytes, when it became
//! the owner's and when it was last used, and the note with its length in two bytes before it, all
//! ones where there is none.
//!
//! Clients of the version before are served as they were: `CREATE` and `SAVE` come without the
//! annex, which stays as it is, `LOAD` reads a record without it, and `RETIRE` key version grace now
//! retires a key whose session the client has created under another one, or ends it where the version
//! is empty.
//!
//! Nothing here opens a socket: slices go in, and [`Inbox`] says when they hold a message.
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

use std::error::Error;
use std::fmt;
use std::ops::Range;

/// The most strings a message has. No message that is understood has more.
pub const MAX_STRINGS: usize = 8;

/// What stands before a message, and before a string.
const LENGTH: usize = 4;

/// An inbox that has held a large message gives the memory back.
const KEPT: usize = 64 * 1024;

/// Why bytes are not a message. Nothing that follows them on the connection has a meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Malformed {
    /// The length is negative, or no multiple of four.
    Length,
    /// The message is longer than this side takes.
    TooLong {
        /// The longest message taken, in bytes.
        max: usize,
    },
    /// A string ends after its message, or is filled with something else than zeros.
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

/// A message: a verb, and the strings it speaks of.
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

    /// The strings, the verb first. There is at least the verb.
    pub fn strings(&self) -> &[&'a [u8]] {
        &self.strings[..self.count]
    }
}

/// What has arrived on a connection, until it is read.
///
/// It grows with the bytes that came, never with a length that a peer announces.
#[derive(Debug)]
pub struct Inbox {
    bytes: Vec<u8>,
    read: usize,
    max: usize,
}

impl Inbox {
    /// An inbox that takes messages of up to `max` bytes, the length before them not counted.
    pub const fn new(max: usize) -> Self {
        Self {
            bytes: Vec::new(),
            read: 0,
            max,
        }
    }

    /// Takes what has just arrived.
    pub fn receive(&mut self, bytes: &[u8]) {
        self.bytes.drain(..self.read);
        self.read = 0;
        if self.bytes.is_empty() {
            self.bytes.shrink_to(KEPT);
        }
        self.bytes.extend_from_slice(bytes);
    }

    /// The next message, `None` until it has come whole.
    ///
    /// # Errors
    ///
    /// Fails where the bytes are not a message; the connection has no meaning from there on. A length
    /// beyond the bound fails before what it announces has arrived.
    #[expect(
        clippy::should_implement_trait,
        reason = "the message borrows from the inbox"
    )]
    pub fn next(&mut self) -> Result<Option<Message<'_>>, Malformed> {
        let Some(frame) = self.frame()? else {
            return Ok(None);
        };
        self.read = frame.end;
        Message::parse(&self.bytes[frame]).map(Some)
    }

    /// Whether [`next`](Self::next) has an answer, a message or an error.
    pub fn is_ready(&self) -> bool {
        !matches!(self.frame(), Ok(None))
    }

    /// Whether all that was received has been read.
    pub fn is_empty(&self) -> bool {
        self.read == self.bytes.len()
    }

    /// Where the strings of the next message are.
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
/// Panics where the message is longer than a length can say, 2 GiB.
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

/// The bytes of the message of `strings`, without the length before it.
pub fn length(strings: &[&[u8]]) -> usize {
    let taken = |string: &&[u8]| LENGTH + string.len() + padding(string.len());
    strings.iter().map(taken).sum()
}

/// The zero bytes after a string of this length.
fn padding(length: usize) -> usize {
    length.wrapping_neg() % 4
}

/// The string at the front of `bytes`, and what follows it.
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
    use proptest::collection::vec;
    use proptest::prelude::*;

    type Strings = Vec<Vec<u8>>;

    /// What an inbox makes of the pieces, up to the first malformed message.
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
    fn what_is_no_message_is_malformed() {
        check(
            "a negative length",
            b"\xff\xff\xff\xff",
            Err(Malformed::Length),
        );
        check("an odd length", b"\0\0\0\x05", Err(Malformed::Length));
        check("no verb", b"\0\0\0\0", Err(Malformed::Empty));
        let max = 256;
        check(
            "a length past the bound",
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
            ("a fill that is not zero", b"\0\0\0\x08\0\0\0\x03GETx"),
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
        check("as long as may be", &bytes, Ok(&[&[7; 252]]));
    }

    #[test]
    fn an_inbox_gives_the_memory_of_a_large_message_back() {
        let mut bytes = Vec::new();
        write(&mut bytes, &[&vec![7; 4 * KEPT]]);
        let mut inbox = Inbox::new(bytes.len());
        inbox.receive(&bytes);
        assert!(inbox.next().is_ok_and(|message| message.is_some()));
        inbox.receive(b"");
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
