//! The format of signed values, version 1, which the README specifies.
//!
//! A text is the base64url of a head of fixed length and the payload.

use std::ops::BitAnd;

use hmac::{
    KeyInit,
    block_api::HmacCore,
    digest::block_api::{Block, Buffer, FixedOutputCore, UpdateCore},
};
use sha2::Sha256;
use subtle::{Choice, ConstantTimeEq};

use crate::{base64url, context::Context, key::Key, length_prefix};

type HmacSha256 = HmacCore<Sha256>;

const VERSION: u8 = 1;

/// The maximum length of a text in bytes: that of the longest cookie.
pub(crate) const MAX_TEXT: usize = 4096;

/// The maximum length of a buffer that is on the stack.
const SHORT: usize = 256;

/// The bytes before the payload.
#[derive(Clone, Copy)]
struct Head {
    key_id: [u8; 4],
    /// The time of signing, in seconds since 1970.
    issued: u64,
    tag: [u8; 32],
}

impl Head {
    const LENGTH: usize = 1 + 4 + 8 + 32;

    fn to_bytes(self) -> [u8; Self::LENGTH] {
        let mut bytes = [VERSION; Self::LENGTH];
        bytes[1..5].copy_from_slice(&self.key_id);
        bytes[5..13].copy_from_slice(&self.issued.to_be_bytes());
        bytes[13..].copy_from_slice(&self.tag);
        bytes
    }

    fn from_bytes(bytes: &[u8; Self::LENGTH]) -> Option<Self> {
        let (version, rest) = bytes.split_first()?;
        let (key_id, rest) = rest.split_first_chunk()?;
        let (issued, tag) = rest.split_first_chunk()?;
        (*version == VERSION).then_some(Self {
            key_id: *key_id,
            issued: u64::from_be_bytes(*issued),
            tag: *tag.first_chunk()?,
        })
    }
}

/// The key for one purpose, whose first block is already hashed.
#[derive(Clone)]
pub(crate) struct Signer {
    key_id: [u8; 4],
    mac: HmacSha256,
}

impl Signer {
    pub(crate) fn new(key: &Key, purpose: &str) -> Self {
        let subkey = key.signing_key(purpose);
        let mac = HmacSha256::new_from_slice(&**subkey).expect("HMAC takes keys of any length");
        let key_id = key.id();
        Self { key_id, mac }
    }

    pub(crate) fn sign(&self, context: Context<'_>, payload: &[u8], issued: u64) -> String {
        let key_id = self.key_id;
        let layout = Layout::of(context, payload.len());
        let (mut short, mut long);
        let buffer = if layout.length() <= SHORT {
            short = [0; SHORT];
            &mut short[..layout.length()]
        } else {
            long = vec![0; layout.length()];
            &mut long[..]
        };
        buffer[layout.payload..].copy_from_slice(payload);
        layout.write_prefix(buffer, context, key_id, issued);
        let tag = self.tag(&buffer[layout.message..]);
        let head = Head {
            key_id,
            issued,
            tag,
        };
        let signed = &mut buffer[layout.head..];
        signed[..Head::LENGTH].copy_from_slice(&head.to_bytes());
        base64url::encode(signed)
    }

    /// Computes the tag of a message, which is hashed in place except for its last block.
    fn tag(&self, message: &[u8]) -> [u8; 32] {
        let mut mac = self.mac.clone();
        let (blocks, tail) = Block::<HmacSha256>::slice_as_chunks(message);
        mac.update_blocks(blocks);
        let mut tag = Default::default();
        mac.finalize_fixed_core(&mut Buffer::<HmacSha256>::new(tail), &mut tag);
        tag.into()
    }
}

/// A decoded text that is not yet verified.
pub(crate) struct Claim {
    head: Head,
    layout: Layout,
    buffer: Vec<u8>,
}

impl Claim {
    pub(crate) fn read(context: Context<'_>, text: &str) -> Option<Self> {
        let length = base64url::decoded_length(text.len());
        let payload = length.checked_sub(Head::LENGTH)?;
        if text.len() > MAX_TEXT {
            return None;
        }
        let layout = Layout::of(context, payload);
        let mut buffer = vec![0; layout.length()];
        let signed = &mut buffer[layout.head..];
        base64url::decode(text, signed)?;
        let head = Head::from_bytes(signed.first_chunk()?)?;
        layout.write_prefix(&mut buffer, context, head.key_id, head.issued);
        Some(Self {
            head,
            layout,
            buffer,
        })
    }

    /// The claimed time of signing, in seconds since 1970.
    pub(crate) fn issued(&self) -> u64 {
        self.head.issued
    }

    /// Whether this signer signed the text, for the context with which it was read.
    pub(crate) fn is_signed_by(&self, signer: &Signer) -> bool {
        let message = &self.buffer[self.layout.message..];
        signer.key_id == self.head.key_id && is_equal(&signer.tag(message), &self.head.tag)
    }

    pub(crate) fn into_payload(mut self) -> Vec<u8> {
        self.buffer.drain(..self.layout.payload);
        self.buffer
    }
}

/// Compares two tags in constant time, wherever they differ. Comparing eight bytes at a time is
/// several times as fast as comparing single bytes.
fn is_equal(a: &[u8; 32], b: &[u8; 32]) -> bool {
    let [(a, _), (b, _)] = [a, b].map(|tag| tag.as_chunks());
    let pairs = a.iter().zip(b);
    let equal = pairs.map(|(a, b)| u64::from_ne_bytes(*a).ct_eq(&u64::from_ne_bytes(*b)));
    equal.fold(Choice::from(1), Choice::bitand).into()
}

/// The layout of a buffer that ends with the payload. First the prefix of the message is written
/// before the payload, to compute the tag. Then the head is written in its place, to encode the
/// text. So the payload is never copied. Reading does this in the reverse order.
struct Layout {
    head: usize,
    message: usize,
    payload: usize,
    payload_length: usize,
}

impl Layout {
    fn of(context: Context<'_>, payload_length: usize) -> Self {
        let prefix = context.size() + length_prefix::size(payload_length);
        let payload = prefix.max(Head::LENGTH);
        Self {
            head: payload - Head::LENGTH,
            message: payload - prefix,
            payload,
            payload_length,
        }
    }

    fn length(&self) -> usize {
        self.payload + self.payload_length
    }

    /// Writes the message without its payload.
    fn write_prefix(&self, buffer: &mut [u8], context: Context<'_>, key_id: [u8; 4], issued: u64) {
        let room = &mut buffer[self.message..self.payload];
        let mut room = context.write(room, VERSION, key_id, issued);
        length_prefix::put(&mut room, self.payload_length);
    }
}

#[cfg(test)]
mod tests;
