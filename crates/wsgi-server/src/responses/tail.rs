//! The end of a response, which needs no application.

use wsgi_gateway::Rest;

#[cfg(feature = "fastcgi")]
use crate::responses::envelope::Envelope;

/// What is left of a response when its application is done with it, for the
/// loop to send.
#[derive(Debug)]
pub(crate) struct Tail {
    pub(crate) rest: Rest,
    /// How many of a rest of bytes are out.
    pub(crate) start: usize,
    /// What goes around the rest, if anything does.
    #[cfg(feature = "fastcgi")]
    pub(crate) envelope: Option<Envelope>,
}

impl Tail {
    /// A rest that goes as it is; none where nothing is left.
    pub(crate) fn of(rest: Rest) -> Option<Box<Self>> {
        if matches!(rest, Rest::Nothing) {
            return None;
        }
        Some(Box::new(Tail {
            rest,
            start: 0,
            #[cfg(feature = "fastcgi")]
            envelope: None,
        }))
    }

    /// Adds what is to follow the response.
    #[cfg_attr(
        not(feature = "fastcgi"),
        expect(unused_variables, clippy::unused_self)
    )]
    pub(crate) fn follow(&mut self, bytes: &[u8]) {
        #[cfg(feature = "fastcgi")]
        if let Some(envelope) = &mut self.envelope {
            envelope.trailer.extend_from_slice(bytes);
        }
    }

    /// How many bytes of the rest may follow those in `out`, which go first.
    #[cfg_attr(
        not(feature = "fastcgi"),
        expect(unused_variables, clippy::ptr_arg, clippy::unused_self)
    )]
    pub(crate) fn room(&mut self, out: &mut Vec<u8>) -> usize {
        #[cfg(feature = "fastcgi")]
        if let Some(envelope) = &mut self.envelope {
            let left = match &self.rest {
                Rest::Bytes(bytes) => (bytes.len() - self.start) as u64,
                Rest::File(_, left) => *left,
                _ => 0,
            };
            return envelope.room(left, out);
        }
        usize::MAX
    }

    /// The bytes of a rest that has them, `room` at most, and what follows the last.
    pub(crate) fn next_bytes(&self, room: usize) -> [&[u8]; 2] {
        let Rest::Bytes(bytes) = &self.rest else {
            return [&[]; 2];
        };
        let bytes = &bytes[self.start..];
        match bytes.split_at_checked(room) {
            Some((bytes, [_, ..])) => [bytes, &[]],
            _ => [bytes, self.trailer()],
        }
    }

    #[cfg_attr(not(feature = "fastcgi"), expect(clippy::unused_self))]
    fn trailer(&self) -> &[u8] {
        #[cfg(feature = "fastcgi")]
        if let Some(envelope) = &self.envelope {
            return &envelope.trailer;
        }
        &[]
    }

    /// Notes that `count` bytes of the rest are out, or in `out`. Says whether
    /// they were the last; then what follows them is in `out` too.
    #[cfg_attr(not(feature = "fastcgi"), expect(unused_variables, clippy::ptr_arg))]
    pub(crate) fn note(&mut self, count: usize, out: &mut Vec<u8>) -> bool {
        let is_over = match &mut self.rest {
            Rest::Bytes(bytes) => {
                self.start += count;
                self.start == bytes.len()
            }
            Rest::File(_, left) => {
                *left -= count as u64;
                *left == 0
            }
            _ => true,
        };
        #[cfg(feature = "fastcgi")]
        if let Some(envelope) = &mut self.envelope {
            envelope.note(count);
            if is_over {
                out.extend_from_slice(&envelope.trailer);
            }
        }
        is_over
    }
}
