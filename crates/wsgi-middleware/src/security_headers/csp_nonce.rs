//! The nonce of a response, by which the page's own scripts and styles are known.

use std::{
    error::Error,
    fmt,
    sync::{Arc, OnceLock},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use wsgi_environ::Environ;

/// The random bytes of a nonce: 144 bits. The specification asks for 128 or more (W3C Content
/// Security Policy Level 3 section 7.1). Their base64 has no padding.
const RANDOM: usize = 18;

/// The characters of a nonce.
const LENGTH: usize = RANDOM / 3 * 4;

/// Returns the nonce of the response to a request: 24 characters of base64, for the attribute
/// `nonce` of a `<script>` or `<style>` that belongs to the page.
///
/// The first call of a request takes 144 random bits from the operating system. A response that
/// never asks has no nonce. No cache keeps a page with one, because of `Cache-Control: no-store`,
/// unless the application sets that field. Then do not let caches keep it.
///
/// # Errors
///
/// [`CspNonceError`].
///
/// ```
/// use wsgi_environ::Environ;
/// use wsgi_middleware::{CspNonceError, csp_nonce};
///
/// // Without `SecurityHeaders` around the application:
/// assert_eq!(csp_nonce(&Environ::new()), Err(CspNonceError::NoPolicy));
/// ```
pub fn csp_nonce(environ: &Environ) -> Result<&str, CspNonceError> {
    let nonce = environ.extension::<CspNonce>();
    nonce.ok_or(CspNonceError::NoPolicy)?.get()
}

/// An extension of the environ, shared with the filter of the response.
#[derive(Clone)]
pub(super) struct CspNonce(Arc<OnceLock<State>>);

enum State {
    /// In base64.
    Made([u8; LENGTH]),
    /// The head of the response was settled without a nonce.
    TooLate,
}

impl CspNonce {
    pub(super) fn new() -> Self {
        Self(Arc::default())
    }

    fn get(&self) -> Result<&str, CspNonceError> {
        if self.0.get().is_none() {
            let made = made().ok_or(CspNonceError::Random)?;
            let _ = self.0.set(State::Made(made)); // or another thread was first
        }
        self.text().ok_or(CspNonceError::TooLate)
    }

    /// Returns the nonce if one was asked for. From then on, no other is made.
    pub(super) fn settle(&self) -> Option<&str> {
        let _ = self.0.set(State::TooLate);
        self.text()
    }

    fn text(&self) -> Option<&str> {
        match self.0.get()? {
            State::Made(text) => str::from_utf8(text).ok(),
            State::TooLate => None,
        }
    }
}

fn made() -> Option<[u8; LENGTH]> {
    let (mut random, mut text) = ([0; RANDOM], [0; LENGTH]);
    getrandom::fill(&mut random).ok()?;
    STANDARD.encode_slice(random, &mut text).ok()?;
    Some(text)
}

/// The reason why a response has no nonce.
///
/// ```
/// use wsgi_environ::Environ;
/// use wsgi_middleware::csp_nonce;
///
/// let error = csp_nonce(&Environ::new()).unwrap_err();
/// assert!(error.to_string().contains("has a place for a nonce"), "{error}");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CspNonceError {
    /// The policy has no place for one. Put [`SecurityHeaders`](crate::SecurityHeaders) with a
    /// `{nonce}` in its `content_security_policy` around the application.
    NoPolicy,
    /// The head of the response is already settled, without a nonce. Ask before the first bytes of
    /// the body.
    TooLate,
    /// The operating system provides no randomness.
    Random,
}

impl fmt::Display for CspNonceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoPolicy => "no Content-Security-Policy has a place for a nonce",
            Self::TooLate => "the head of the response was settled without a nonce",
            Self::Random => "the system provides no randomness for a nonce",
        })
    }
}

impl Error for CspNonceError {}
