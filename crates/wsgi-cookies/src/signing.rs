//! The format of signed values, version 1, as the README writes it down.
//!
//! A text is base64url of a head of fixed length and the payload. The head's length is a multiple
//! of three, so that both are encoded side by side, and the payload alone is decoded into what the
//! caller gets.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::key::Key;

const VERSION: u8 = 1;

/// The most bytes of a text: those of the longest cookie.
pub(crate) const MAX_TEXT: usize = 4096;

/// What a value is signed for.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    pub(crate) purpose: &'a str,
    pub(crate) name: &'a str,
}

/// What stands before the payload.
#[derive(Clone, Copy)]
struct Head {
    key_id: [u8; 4],
    /// When the value was signed, in seconds since 1970.
    issued: u64,
    tag: [u8; 32],
}

impl Head {
    const LENGTH: usize = 1 + 4 + 8 + 32;
    /// How much of a text is the head.
    const TEXT: usize = Self::LENGTH / 3 * 4;

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

const _: () = assert!(
    Head::LENGTH.is_multiple_of(3),
    "head and payload share no group of base64"
);

/// A key for one purpose, with its first blocks hashed already.
#[derive(Clone)]
pub(crate) struct Signer {
    key_id: [u8; 4],
    mac: Hmac<Sha256>,
}

impl Signer {
    pub(crate) fn new(key: &Key, purpose: &str) -> Self {
        let subkey = key.subkey(purpose);
        let mac = Hmac::new_from_slice(&**subkey).expect("HMAC takes keys of any length");
        let key_id = key.id();
        Self { key_id, mac }
    }

    pub(crate) fn sign(&self, context: Context<'_>, payload: &[u8], issued: u64) -> String {
        let mut message = Message::begin(context, self.key_id, issued, payload.len());
        message.0.extend_from_slice(payload);
        let tag = self.mac(&message).finalize().into_bytes().into();
        let key_id = self.key_id;
        let head = Head {
            key_id,
            issued,
            tag,
        };
        let mut text = vec![0; Head::TEXT + (payload.len() * 4).div_ceil(3)];
        let (first, second) = text.split_at_mut(Head::TEXT);
        for (bytes, text) in [(&head.to_bytes()[..], first), (payload, second)] {
            let encoded = URL_SAFE_NO_PAD.encode_slice(bytes, text);
            encoded.expect("four characters for three bytes");
        }
        String::from_utf8(text).expect("base64 is ASCII")
    }

    fn mac(&self, message: &Message) -> Hmac<Sha256> {
        self.mac.clone().chain_update(&message.0)
    }
}

/// A text taken apart, of which nothing is proved yet.
pub(crate) struct Claim<'a> {
    head: Head,
    payload: &'a [u8],
}

impl<'a> Claim<'a> {
    pub(crate) fn read(text: &'a str) -> Option<Self> {
        if text.len() > MAX_TEXT {
            return None;
        }
        let (encoded, payload) = text.as_bytes().split_at_checked(Head::TEXT)?;
        let mut bytes = [0; Head::LENGTH];
        let length = URL_SAFE_NO_PAD.decode_slice(encoded, &mut bytes).ok()?;
        let head = Head::from_bytes(&bytes).filter(|_| length == bytes.len())?;
        Some(Self { head, payload })
    }

    /// When it says it was signed, in seconds since 1970.
    pub(crate) fn issued(&self) -> u64 {
        self.head.issued
    }

    /// The payload, if the signer made this text for this context.
    pub(crate) fn prove(&self, signer: &Signer, context: Context<'_>) -> Option<Vec<u8>> {
        let Head {
            key_id,
            issued,
            tag,
        } = self.head;
        if signer.key_id != key_id {
            return None;
        }
        let length = self.payload.len() / 4 * 3 + (self.payload.len() % 4).saturating_sub(1);
        let mut message = Message::begin(context, key_id, issued, length);
        let start = message.0.len();
        let decoded = URL_SAFE_NO_PAD.decode_vec(self.payload, &mut message.0);
        decoded.ok()?;
        // In constant time: it takes as long wherever the first difference is.
        signer.mac(&message).verify(&tag.into()).ok()?;
        message.0.drain(..start);
        Some(message.0)
    }
}

/// What the tag is made of: each part with its length before it, so that no two lists of parts
/// make the same message.
struct Message(Vec<u8>);

impl Message {
    /// All but the payload itself, with room for it.
    fn begin(context: Context<'_>, key_id: [u8; 4], issued: u64, payload: usize) -> Self {
        let Context { purpose, name } = context;
        let room = purpose.len() + name.len() + payload + 64;
        let mut message = Self(Vec::with_capacity(room));
        message.part(&[VERSION]);
        message.part(purpose.as_bytes());
        message.part(name.as_bytes());
        message.part(&key_id);
        message.part(&issued.to_be_bytes());
        message.length(payload);
        message
    }

    fn part(&mut self, part: &[u8]) {
        self.length(part.len());
        self.0.extend_from_slice(part);
    }

    /// Seven bits a byte, lowest first, all but the last with the high bit set (LEB128). Nearly
    /// every length takes one byte, which keeps usual messages within two blocks of the hash.
    fn length(&mut self, mut length: usize) {
        while length >= 0x80 {
            self.0.push(length as u8 | 0x80);
            length >>= 7;
        }
        self.0.push(length as u8);
    }
}
