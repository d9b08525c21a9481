//! The format of encrypted values, version 2, which the README specifies.
//!
//! A text is the base64url of a head of fixed length, the ciphertext, and its authentication tag.

use aes::Aes256;
use aes_gcm_siv::{AeadInOut, AesGcmSiv, KeyInit, Tag};
use getrandom::Error;

use crate::{base64url, context::Context, key::Key, signing::MAX_TEXT};

/// The cipher (RFC 8452). Should a nonce ever repeat, it reveals only whether a value is the same.
type Cipher = AesGcmSiv<Aes256>;

/// The first byte of a text. That of a signed value is 1.
const VERSION: u8 = 2;

const TAG_LENGTH: usize = 16;

/// The bytes before the ciphertext.
#[derive(Clone, Copy)]
struct Head {
    key_id: [u8; 4],
    /// The time of encryption, in seconds since 1970.
    issued: u64,
    /// Random for each text.
    nonce: [u8; 12],
}

impl Head {
    const LENGTH: usize = 1 + 4 + 8 + 12;

    fn to_bytes(self) -> [u8; Self::LENGTH] {
        let mut bytes = [VERSION; Self::LENGTH];
        bytes[1..5].copy_from_slice(&self.key_id);
        bytes[5..13].copy_from_slice(&self.issued.to_be_bytes());
        bytes[13..].copy_from_slice(&self.nonce);
        bytes
    }

    fn from_bytes(bytes: &[u8; Self::LENGTH]) -> Option<Self> {
        let (version, rest) = bytes.split_first()?;
        let (key_id, rest) = rest.split_first_chunk()?;
        let (issued, nonce) = rest.split_first_chunk()?;
        (*version == VERSION).then_some(Self {
            key_id: *key_id,
            issued: u64::from_be_bytes(*issued),
            nonce: *nonce.first_chunk()?,
        })
    }

    /// The bytes that the tag covers beside the value: the head, the purpose and the name.
    fn associated_data(self, context: Context<'_>) -> Vec<u8> {
        let (key_id, issued) = (self.key_id, self.issued);
        let mut data = vec![0; context.size()];
        context.write(&mut data, VERSION, key_id, issued);
        data
    }
}

/// The cipher with the key for one purpose.
pub(crate) struct Encrypter {
    key_id: [u8; 4],
    cipher: Cipher,
}

impl Encrypter {
    pub(crate) fn new(key: &Key, purpose: &str) -> Self {
        Self {
            key_id: key.id(),
            cipher: Cipher::new((&**key.encryption_key(purpose)).into()),
        }
    }

    /// Encrypts a value with a random nonce.
    pub(crate) fn encrypt(
        &self,
        context: Context<'_>,
        value: &[u8],
        issued: u64,
    ) -> Result<String, Error> {
        let mut nonce = [0; 12];
        getrandom::fill(&mut nonce)?;
        Ok(self.encrypt_with_nonce(context, value, issued, nonce))
    }

    fn encrypt_with_nonce(
        &self,
        context: Context<'_>,
        value: &[u8],
        issued: u64,
        nonce: [u8; 12],
    ) -> String {
        let key_id = self.key_id;
        let head = Head {
            key_id,
            issued,
            nonce,
        };
        let mut bytes = Vec::with_capacity(Head::LENGTH + value.len() + TAG_LENGTH);
        bytes.extend_from_slice(&head.to_bytes());
        bytes.extend_from_slice(value);
        let (data, value) = (head.associated_data(context), &mut bytes[Head::LENGTH..]);
        let tag = self
            .cipher
            .encrypt_inout_detached(&nonce.into(), &data, value.into())
            .expect("the cipher takes values of up to 64 GiB");
        bytes.extend_from_slice(&tag);
        base64url::encode(&bytes)
    }
}

/// A decoded text that is not yet decrypted.
pub(crate) struct Ciphertext {
    head: Head,
    associated_data: Vec<u8>,
    tag: Tag,
    /// The head, and the value in its encrypted form.
    bytes: Vec<u8>,
}

impl Ciphertext {
    pub(crate) fn read(context: Context<'_>, text: &str) -> Option<Self> {
        let length = base64url::decoded_length(text.len());
        length.checked_sub(Head::LENGTH + TAG_LENGTH)?;
        if text.len() > MAX_TEXT {
            return None;
        }
        let mut bytes = vec![0; length];
        base64url::decode(text, &mut bytes)?;
        let head = Head::from_bytes(bytes.first_chunk()?)?;
        let tag: [u8; TAG_LENGTH] = *bytes.last_chunk()?;
        bytes.truncate(length - TAG_LENGTH);
        Some(Self {
            head,
            associated_data: head.associated_data(context),
            tag: tag.into(),
            bytes,
        })
    }

    /// The claimed time of encryption, in seconds since 1970.
    pub(crate) fn issued(&self) -> u64 {
        self.head.issued
    }

    /// Decrypts the value in place if `encrypter` encrypted it, for the context with which it was
    /// read. Otherwise, nothing changes. Returns whether it is decrypted.
    pub(crate) fn decrypt_with(&mut self, encrypter: &Encrypter) -> bool {
        let value = &mut self.bytes[Head::LENGTH..];
        let (nonce, data) = (self.head.nonce.into(), &self.associated_data);
        let mut decrypt =
            |cipher: &Cipher| cipher.decrypt_inout_detached(&nonce, data, value.into(), &self.tag);
        encrypter.key_id == self.head.key_id && decrypt(&encrypter.cipher).is_ok()
    }

    pub(crate) fn into_value(mut self) -> Vec<u8> {
        self.bytes.drain(..Head::LENGTH);
        self.bytes
    }
}

#[cfg(test)]
mod tests;
