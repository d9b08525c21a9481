//! The constant text of a format.

/// Texts of this length are copied without a call of a function.
const SHORT: usize = 16;

/// A constant text between two fields. Nearly all are short.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Literal {
    text: Box<[u8]>,
    /// The start of the text, padded.
    start: [u8; SHORT],
}

impl Literal {
    #[inline]
    pub(super) fn push(&self, line: &mut Vec<u8>) {
        if self.text.len() <= SHORT {
            let end = line.len() + self.text.len();
            line.extend_from_slice(&self.start);
            line.truncate(end);
        } else {
            line.extend_from_slice(&self.text);
        }
    }
}

impl From<String> for Literal {
    fn from(text: String) -> Self {
        let text = text.into_bytes().into_boxed_slice();
        let mut start = [0; SHORT];
        let length = text.len().min(SHORT);
        start[..length].copy_from_slice(&text[..length]);
        Self { text, start }
    }
}

#[cfg(test)]
mod tests {
    use super::{Literal, SHORT};

    #[test]
    fn a_text_of_any_length_is_written_as_it_is() {
        for length in 0..=SHORT + 2 {
            let text: String = ('a'..).take(length).collect();
            let mut line = b"x".to_vec();
            Literal::from(text.clone()).push(&mut line);
            assert_eq!(line, format!("x{text}").into_bytes());
        }
    }
}
