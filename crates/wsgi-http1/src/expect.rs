//! The Expect field (RFC 9110 section 10.1.1).

use crate::{
    any_case::is, body_length::BodyLength, rejection::Rejection, token::elements, version::Version,
};

/// The expectations seen so far.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Expect {
    /// `100-continue`, the only expectation that exists.
    continues: bool,
}

impl Expect {
    #[inline]
    pub(crate) fn add(&mut self, value: &[u8]) -> Result<(), Rejection> {
        for expectation in elements(value) {
            if !is(expectation, b"100-continue") {
                return Err(Rejection::Expectation);
            }
            self.continues = true;
        }
        Ok(())
    }

    /// Whether the client waits for `100 Continue` before it sends the body.
    #[inline]
    pub(crate) fn is_continue(&self, version: Version, body: BodyLength) -> bool {
        let empty = matches!(body, BodyLength::None | BodyLength::Known(0));
        self.continues && version == Version::Http11 && !empty
    }
}
