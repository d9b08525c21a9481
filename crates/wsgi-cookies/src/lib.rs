// The README is always shown, but its examples are tested only with the features they need.
#![cfg_attr(any(not(doctest), feature = "encrypted"), doc = include_str!("../README.md"))]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "signed")]
mod base64url;
mod cookies;
#[cfg(feature = "http")]
mod header_value;
mod invalid_cookie;
mod name_prefix;
mod octets;
mod same_site;
mod set_cookie;

#[cfg(feature = "signed")]
mod context;
#[cfg(feature = "signed")]
mod cookie_keys;
#[cfg(feature = "encrypted")]
mod decrypted;
#[cfg(feature = "encrypted")]
mod encryption;
#[cfg(feature = "encrypted")]
mod invalid_ciphertext;
#[cfg(feature = "signed")]
mod invalid_key;
#[cfg(feature = "signed")]
mod invalid_signature;
#[cfg(feature = "signed")]
mod key;
#[cfg(feature = "signed")]
mod key_file;
#[cfg(feature = "signed")]
mod keyring;
#[cfg(feature = "signed")]
mod length_prefix;
#[cfg(feature = "signed")]
mod purposes;
#[cfg(feature = "signed")]
mod signing;
#[cfg(feature = "signed")]
mod verified;

pub use cookies::{Cookies, Iter};
pub use invalid_cookie::InvalidCookie;
pub use same_site::SameSite;
pub use set_cookie::SetCookie;

#[cfg(feature = "signed")]
pub use cookie_keys::CookieKeys;
#[cfg(feature = "encrypted")]
pub use decrypted::Decrypted;
#[cfg(feature = "encrypted")]
pub use invalid_ciphertext::InvalidCiphertext;
#[cfg(feature = "signed")]
pub use invalid_key::InvalidKey;
#[cfg(feature = "signed")]
pub use invalid_signature::InvalidSignature;
#[cfg(feature = "signed")]
pub use key::Key;
#[cfg(feature = "signed")]
pub use keyring::Keyring;
#[cfg(feature = "signed")]
pub use verified::Verified;
