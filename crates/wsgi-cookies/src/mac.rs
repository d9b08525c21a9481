//! HMAC-SHA-256 (RFC 2104) for many short messages under one key.
//!
//! A message is in one piece here, so that whole blocks go to the hash from where they are, and
//! what a general MAC carries along for pieces to come, a buffer and its position, is never
//! copied nor wiped.

use std::mem::ManuallyDrop;

use hmac::Hmac;
use hmac::digest::CtOutput;
use sha2::Sha256;
use sha2::block_api::compress256;
use zeroize::Zeroizing;

const BLOCK: usize = 64;

/// FIPS 180-4, section 5.3.3.
const INITIAL: [u32; 8] = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];

/// The state of a hash, which is as good as the key, and is wiped when dropped.
type State = Zeroizing<[u32; 8]>;

/// A key whose two blocks are hashed already.
#[derive(Clone)]
pub(crate) struct Mac {
    inner: State,
    outer: State,
}

impl Mac {
    pub(crate) fn new(key: &[u8; 32]) -> Self {
        let keyed = |pad: u8| {
            let mut block = Zeroizing::new([pad; BLOCK]);
            for (byte, key) in block.iter_mut().zip(key) {
                *byte ^= key;
            }
            let mut state = Zeroizing::new(INITIAL);
            compress256(&mut state, &[*block]);
            state
        };
        Self {
            inner: keyed(0x36),
            outer: keyed(0x5c),
        }
    }

    pub(crate) fn tag(&self, message: &[u8]) -> [u8; 32] {
        finish(*self.outer, &finish(*self.inner, message))
    }

    /// Whether the tag is the message's, in constant time: it takes as long wherever the first
    /// difference is.
    pub(crate) fn verifies(&self, message: &[u8], tag: [u8; 32]) -> bool {
        let output = |tag: [u8; 32]| CtOutput::<Hmac<Sha256>>::new(tag.into());
        // What came from outside need not be wiped.
        output(self.tag(message)) == *ManuallyDrop::new(output(tag))
    }
}

/// The hash of the one block that made the state, and of the message, padded as FIPS 180-4 has it
/// in section 5.1.1.
///
/// The copy of the state becomes the hash, so that there is nothing to wipe.
fn finish(mut state: [u32; 8], message: &[u8]) -> [u8; 32] {
    let (blocks, rest) = message.as_chunks::<BLOCK>();
    if !blocks.is_empty() {
        compress256(&mut state, blocks);
    }
    let mut last = [[0; BLOCK]; 2];
    let used = if rest.len() < BLOCK - 8 { 1 } else { 2 };
    let last = &mut last[..used];
    let bytes = last.as_flattened_mut();
    bytes[..rest.len()].copy_from_slice(rest);
    bytes[rest.len()] = 0x80;
    let bits = (BLOCK + message.len()) as u64 * 8;
    *bytes.last_chunk_mut().expect("a block or two") = bits.to_be_bytes();
    compress256(&mut state, last);
    let mut hash = [0; 32];
    for (bytes, word) in hash.as_chunks_mut().0.iter_mut().zip(state) {
        *bytes = word.to_be_bytes();
    }
    hash
}

#[cfg(test)]
mod tests {
    use hmac::{Hmac, KeyInit, Mac as _};
    use proptest::collection::vec;
    use proptest::prelude::*;
    use sha2::Sha256;

    use super::Mac;

    /// A key of fewer bytes is the same as one with zeros after it.
    fn padded(key: &[u8]) -> [u8; 32] {
        let mut padded = [0; 32];
        padded[..key.len()].copy_from_slice(key);
        padded
    }

    /// Checks the first bytes of a tag against `expected`, in hexadecimal.
    #[track_caller]
    fn check(key: &[u8], data: &[u8], expected: &str) {
        let tag = Mac::new(&padded(key)).tag(data);
        let hexadecimal: String = tag.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(&hexadecimal[..expected.len()], expected);
    }

    #[test]
    fn rfc4231_case_1() {
        let expected = "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7";
        check(&[0x0b; 20], b"Hi There", expected);
    }

    #[test]
    fn rfc4231_case_2() {
        let expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        check(b"Jefe", b"what do ya want for nothing?", expected);
    }

    #[test]
    fn rfc4231_case_3() {
        let expected = "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe";
        check(&[0xaa; 20], &[0xdd; 50], expected);
    }

    #[test]
    fn rfc4231_case_4() {
        let key: Vec<u8> = (1..=25).collect();
        let expected = "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b";
        check(&key, &[0xcd; 50], expected);
    }

    #[test]
    fn rfc4231_case_5() {
        let expected = "a3b6167473100ee06e0c796c2955552b";
        check(&[0x0c; 20], b"Test With Truncation", expected);
    }

    fn by_the_crate(key: [u8; 32], message: &[u8]) -> [u8; 32] {
        let mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
        mac.chain_update(message).finalize().into_bytes().into()
    }

    #[test]
    fn messages_of_every_length_have_the_tag_of_the_crate_hmac() {
        let bytes: Vec<u8> = (0..=u8::MAX).collect();
        let mac = Mac::new(&[7; 32]);
        for length in 0..bytes.len() {
            let message = &bytes[..length];
            assert_eq!(mac.tag(message), by_the_crate([7; 32], message), "{length}");
        }
    }

    proptest! {
        #[test]
        fn a_tag_is_that_of_the_crate_hmac(
            key in any::<[u8; 32]>(),
            message in vec(any::<u8>(), 0..5000),
            (place, bit) in (0..32_usize, 0..8),
        ) {
            let mac = Mac::new(&key);
            let mut tag = by_the_crate(key, &message);
            prop_assert!(mac.verifies(&message, tag));
            tag[place] ^= 1_u8 << bit;
            prop_assert!(!mac.verifies(&message, tag));
        }
    }
}
