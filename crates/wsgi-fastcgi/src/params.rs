//! All parameters of a request.
//!
//! A complete text is checked once, in a pass that keeps nothing but what every request needs. The
//! pairs are read from it again when a caller asks for them.

use std::fmt;

use crate::{
    param::{LONG, Param, Span},
    rejection::Rejection,
};

const CONTENT_LENGTH: &[u8; 14] = b"CONTENT_LENGTH";
const REQUEST_METHOD: &[u8; 14] = b"REQUEST_METHOD";

/// The parameters in the text of a request, in their order.
///
/// ```
/// use wsgi_fastcgi::{Params, encode};
///
/// let mut text = Vec::new();
/// encode::param(&mut text, b"REQUEST_METHOD", b"GET");
/// encode::param(&mut text, b"QUERY_STRING", b"");
/// let values: Vec<_> = Params::new(&text).map(|param| param.value(&text)).collect();
/// assert_eq!(values, [&b"GET"[..], b""]);
/// ```
#[derive(Clone)]
pub struct Params<'a> {
    /// A text that is shorter than 4 GiB.
    text: &'a [u8],
    at: usize,
}

impl<'a> Params<'a> {
    /// The parameters in a [text](crate::RequestHead::text). They end where the text does, or
    /// before the first one that is not whole; in the text of a head that was parsed, all are.
    #[inline]
    #[must_use]
    pub fn new(text: &'a [u8]) -> Self {
        let text = text.get(..u32::MAX as usize).unwrap_or(text);
        Self { text, at: 0 }
    }
}

impl Iterator for Params<'_> {
    type Item = Param;

    #[inline]
    fn next(&mut self) -> Option<Param> {
        if self.at == self.text.len() {
            return None;
        }
        let param = Param::read(self.text, self.at).ok()?;
        self.at = param.end();
        Some(param)
    }
}

/// Shows only the length of the text, which may have secrets.
impl fmt::Debug for Params<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Params")
            .field("text", &format_args!("({} bytes)", self.text.len()))
            .field("at", &self.at)
            .finish()
    }
}

/// The parameters that are looked at in each request, as ranges of its text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Known {
    /// The last REQUEST_METHOD.
    pub(crate) method: Option<Span>,
    pub(crate) content_length: Option<Span>,
}

impl Known {
    /// Checks that a text consists of at most `max_params` pairs. The text must be shorter than 4
    /// GiB.
    #[inline(never)] // so that all registers are free for this short loop
    pub(crate) fn check(text: &[u8], max_params: usize) -> Result<Self, Rejection> {
        let mut known = Self::default();
        let (mut at, mut count) = (0, 0);
        while let [name, value, ..] = text[at..] {
            let (name_length, value_length, end) = match name | value < LONG {
                // Only saves time: a pair with long lengths can have short ones as well.
                true => {
                    let (name, value) = (usize::from(name), usize::from(value));
                    (name, value, at + 2 + name + value)
                }
                false => long(text, at),
            };
            // The number is only looked at when it matters, which saves instructions.
            if text.len() < end {
                return Err(first(Rejection::Param, count, max_params));
            }
            // Few other names have this length.
            if name_length == CONTENT_LENGTH.len()
                && let Err(rejection) = known.note(text, (end - value_length, end))
            {
                return Err(first(rejection, count, max_params));
            }
            at = end;
            count += 1;
        }
        if at < text.len() {
            return Err(first(Rejection::Param, count, max_params));
        }
        match count <= max_params {
            true => Ok(known),
            false => Err(Rejection::TooManyParams),
        }
    }

    /// Keeps a value if it is that of a known name, which is in front of it. CONTENT_LENGTH must
    /// not be repeated.
    #[inline(never)]
    fn note(&mut self, text: &[u8], (start, end): (usize, usize)) -> Result<(), Rejection> {
        let value = Some((start as u32, end as u32)); // as the text is shorter than 4 GiB
        let Some(name) = text[..start].last_chunk() else {
            return Ok(());
        };
        if name == REQUEST_METHOD {
            self.method = value;
        } else if name == CONTENT_LENGTH {
            if self.content_length.is_some() {
                return Err(Rejection::ContentLengthRepeated);
            }
            self.content_length = value;
        }
        Ok(())
    }
}

/// Why a text is refused at a pair that is wrong, with this number of pairs before it.
#[cold]
fn first(rejection: Rejection, count: usize, max_params: usize) -> Rejection {
    match count < max_params {
        true => rejection,
        false => Rejection::TooManyParams,
    }
}

/// The lengths of the name and of the value of a pair, and its end. An end behind that of the text
/// means that the pair is not whole.
#[inline(never)]
fn long(text: &[u8], at: usize) -> (usize, usize, usize) {
    let Ok(param) = Param::read(text, at) else {
        return (0, 0, usize::MAX);
    };
    let length = |(start, end): Span| (end - start) as usize;
    (length(param.name), length(param.value), param.end())
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::any, proptest};

    use super::{Known, Params};
    use crate::{encode, param::Param, rejection::Rejection};

    /// The same by the function that reads a pair.
    fn checked(text: &[u8], max_params: usize) -> Result<(), Rejection> {
        let (mut at, mut count) = (0, 0);
        while at < text.len() {
            if count == max_params {
                return Err(Rejection::TooManyParams);
            }
            at = Param::read(text, at)?.end();
            count += 1;
        }
        Ok(())
    }

    fn text(pairs: &[(&[u8], &[u8])]) -> Vec<u8> {
        let mut text = Vec::new();
        for (name, value) in pairs {
            encode::param(&mut text, name, value);
        }
        text
    }

    #[test]
    fn the_last_method_and_the_only_length_are_known() {
        let long = [b'x'; 200];
        let pairs: [(&[u8], &[u8]); 6] = [
            (b"REQUEST_METHOD", b"GET"),
            (b"CONTENT_LENGTH", b"12"),
            (b"REQUEST_SCHEME", b"http"),
            (&long, &long),
            (b"REQUEST_METHOD", &long),
            (b"", b""),
        ];
        let text = text(&pairs);
        let known = Known::check(&text, 6).unwrap();
        let of = |span: (u32, u32)| &text[span.0 as usize..span.1 as usize];
        assert_eq!(known.method.map(of), Some(&long[..]));
        assert_eq!(known.content_length.map(of), Some(&b"12"[..]));
        assert_eq!(Known::check(&text, 5), Err(Rejection::TooManyParams));
        assert_eq!(Params::new(&text).count(), 6);
        let twice = [&text[..], &text[..]].concat();
        assert_eq!(
            Known::check(&twice, 99),
            Err(Rejection::ContentLengthRepeated)
        );
    }

    #[test]
    fn a_text_that_ends_within_a_pair_has_the_pairs_before_it() {
        let text = text(&[(b"A", b"1"), (b"B", b"2")]);
        for end in 0..text.len() {
            let whole = end / 4;
            assert_eq!(Params::new(&text[..end]).count(), whole);
            assert_eq!(Known::check(&text[..end], 9).is_ok(), end % 4 == 0);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_refused_for_the_same_reason(
            text in vec(any::<u8>(), 0..60),
            max_params in 0_usize..8,
        ) {
            let known = Known::check(&text, max_params).map(|_| ());
            assert_eq!(known, checked(&text, max_params));
        }

        #[test]
        fn short_lengths_are_refused_for_the_same_reason(
            text in vec(0_u8..4, 0..60),
            max_params in 0_usize..30,
        ) {
            let known = Known::check(&text, max_params).map(|_| ());
            assert_eq!(known, checked(&text, max_params));
            if known.is_ok() {
                let end = Params::new(&text).last().map_or(0, |param| param.end());
                assert_eq!(end, text.len());
            }
        }
    }
}
