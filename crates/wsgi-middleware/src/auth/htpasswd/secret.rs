//! A secret of the process, which makes tags of what must not be kept in the clear.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::htpasswd_error::HtpasswdError;

/// The key of HMAC-SHA-256, used up to its first 128 bits.
pub(super) struct Secret(Hmac<Sha256>);

impl Secret {
    pub(super) fn random() -> Result<Self, HtpasswdError> {
        let mut key = [0; 32];
        getrandom::fill(&mut key).map_err(|_| HtpasswdError::Random)?;
        // A key of any length will do.
        let mac = Hmac::new_from_slice(&key).map_err(|_| HtpasswdError::Random)?;
        Ok(Self(mac))
    }

    /// The tag of some parts, each with its length, so that no byte can move from one to another.
    pub(super) fn tag(&self, parts: &[&[u8]]) -> u128 {
        let mut mac = self.0.clone();
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        let tag = mac.finalize().into_bytes();
        let bytes = tag.iter().take(16);
        bytes.fold(0, |tag, byte| (tag << 8) | u128::from(*byte))
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn a_tag_depends_on_the_secret_and_on_each_part() {
        let (one, other) = (Secret::random().unwrap(), Secret::random().unwrap());
        let tag = one.tag(&[b"ab", b"c"]);
        assert_eq!(tag, one.tag(&[b"ab", b"c"]));
        assert_ne!(tag, other.tag(&[b"ab", b"c"]));
        assert_ne!(tag, one.tag(&[b"a", b"bc"]));
        assert_ne!(tag, one.tag(&[b"abc"]));
    }
}
