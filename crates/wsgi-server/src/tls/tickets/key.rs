//! A key of tickets.

use std::sync::Arc;

use ring::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    hkdf::{HKDF_SHA256, Salt},
    rand::{SecureRandom, SystemRandom},
};
use zeroize::Zeroizing;

/// The salt of HKDF (RFC 5869), which binds derived keys to this use and version of the format.
const PURPOSE: &[u8] = b"wsgi-server tickets 1";

const NAME_LENGTH: usize = 16;
const SECRET_LENGTH: usize = 32;
const SALT_LENGTH: usize = 16;
const TIME_LENGTH: usize = 8;
const TAG_LENGTH: usize = 16;

/// The maximum length of a session in bytes. One with a longer chain of client certificates gets no
/// ticket. The extension of a ticket has a length of 16 bits, and clients send it in their hello.
const MAX_SESSION_LENGTH: usize = 16 * 1024;

/// Bytes that are erased when dropped.
pub(crate) type Secret = Zeroizing<[u8; SECRET_LENGTH]>;

/// The name that tells by which key a ticket is encrypted (RFC 5077 section 4).
pub(crate) type KeyName = [u8; NAME_LENGTH];

/// The place that a ticket is good for, as a digest.
pub(crate) type Binding = [u8; 32];

/// A key of tickets. It is cheap to clone. It is erased from memory with its last clone.
#[derive(Clone)]
pub(crate) struct TicketKey {
    name: KeyName,
    secret: Arc<Secret>,
}

impl TicketKey {
    /// Creates a key from random bytes.
    pub(crate) fn new(bytes: &[u8]) -> Self {
        let mut name = KeyName::default();
        name.copy_from_slice(&derive(bytes, &[b"name"])[..NAME_LENGTH]);
        Self {
            name,
            secret: Arc::new(derive(bytes, &[b"ticket"])),
        }
    }

    /// The length of a key in bytes, for another process.
    #[cfg(feature = "restart")]
    pub(crate) const LENGTH: usize = NAME_LENGTH + SECRET_LENGTH;

    /// Writes the key, for another process.
    #[cfg(feature = "restart")]
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.name);
        out.extend_from_slice(&self.secret[..]);
    }

    /// Reads a key that another process has written. `None` if the length is another one.
    #[cfg(feature = "restart")]
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let (name, secret) = bytes.split_first_chunk()?;
        let secret = Secret::new(secret.try_into().ok()?);
        Some(Self {
            name: *name,
            secret: Arc::new(secret),
        })
    }

    /// Whether this key encrypted the ticket, by the name in it.
    pub(crate) fn is_of(&self, ticket: &[u8]) -> bool {
        ticket.starts_with(&self.name)
    }

    /// Encrypts a session. `None` if it is too long, or if the system provides no random bytes.
    pub(crate) fn seal(&self, session: &[u8], binding: &Binding, now: u64) -> Option<Vec<u8>> {
        if session.len() > MAX_SESSION_LENGTH {
            return None;
        }
        let mut salt = [0; SALT_LENGTH];
        SystemRandom::new().fill(&mut salt).ok()?;
        let start = NAME_LENGTH + SALT_LENGTH;
        let length = start + TIME_LENGTH + session.len() + TAG_LENGTH;
        let mut ticket = Vec::with_capacity(length);
        ticket.extend_from_slice(&self.name);
        ticket.extend_from_slice(&salt);
        ticket.extend_from_slice(&now.to_be_bytes());
        ticket.extend_from_slice(session);
        let key = self.key(binding, &salt);
        let tag =
            key.seal_in_place_separate_tag(nonce(), Aad::from(self.name), &mut ticket[start..]);
        ticket.extend_from_slice(tag.ok()?.as_ref());
        Some(ticket)
    }

    /// Decrypts a ticket, and tells the time of its issue, in seconds since 1970. `None` if it was
    /// not encrypted by this key for this place.
    pub(crate) fn open(&self, ticket: &[u8], binding: &Binding) -> Option<(u64, Vec<u8>)> {
        let rest = ticket.strip_prefix(&self.name)?;
        let (salt, sealed) = rest.split_first_chunk::<SALT_LENGTH>()?;
        if sealed.len() > TIME_LENGTH + MAX_SESSION_LENGTH + TAG_LENGTH {
            return None;
        }
        let mut sealed = sealed.to_vec();
        let key = self.key(binding, salt);
        let opened = key.open_in_place(nonce(), Aad::from(self.name), &mut sealed);
        let (time, session) = opened.ok()?.split_first_chunk()?;
        Some((u64::from_be_bytes(*time), session.to_vec()))
    }

    /// The key of one ticket.
    fn key(&self, binding: &Binding, salt: &[u8; SALT_LENGTH]) -> LessSafeKey {
        let bytes = derive(&self.secret[..], &[b"seal", binding, salt]);
        let key = UnboundKey::new(&AES_256_GCM, &*bytes).expect("32 bytes are a key of AES-256");
        LessSafeKey::new(key)
    }
}

/// The nonce. It may be constant, because each key encrypts one ticket.
fn nonce() -> Nonce {
    Nonce::assume_unique_for_key([0; NONCE_LEN])
}

/// Derives 32 bytes for a purpose from a secret, by HKDF with SHA-256.
pub(crate) fn derive(secret: &[u8], info: &[&[u8]]) -> Secret {
    let mut bytes = Secret::default();
    let key = Salt::new(HKDF_SHA256, PURPOSE).extract(secret);
    key.expand(info, HKDF_SHA256)
        .and_then(|expanded| expanded.fill(&mut *bytes))
        .expect("32 bytes are one block");
    bytes
}
