//! The challenges of an ACME client within this process.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use crate::acme_challenges::{acme_error::AcmeError, challenge};

/// The largest number of challenges. An order of a certificate has one for each name.
const MAX_CHALLENGES: usize = 1000;

/// A handle to the challenges of [`AcmeChallenges`](crate::AcmeChallenges), for an ACME client in a
/// thread of its own. It is cheap to clone.
#[derive(Clone, Debug)]
pub struct AcmeHandle(Arc<RwLock<HashMap<String, String>>>);

impl AcmeHandle {
    pub(super) fn new() -> Self {
        Self(Arc::default())
    }

    /// Adds a challenge, or replaces the one with this token. From now on, requests for it are
    /// answered. Call it before you tell the authority that the challenge is ready, and
    /// [remove](Self::remove) it after the check.
    ///
    /// # Errors
    ///
    /// The token or the key authorization is malformed, or there are 1,000 other challenges.
    ///
    /// ```
    /// use wsgi_middleware::{AcmeChallenges, AcmeError, not_found};
    ///
    /// let handle = AcmeChallenges::new(not_found).handle();
    /// assert_eq!(handle.add("../secret", ""), Err(AcmeError::InvalidToken));
    /// assert_eq!(handle.add("DGyRejmC", "DGyRejmC"), Err(AcmeError::InvalidKeyAuthorization));
    /// ```
    pub fn add(&self, token: &str, key_authorization: &str) -> Result<(), AcmeError> {
        let token = challenge::token(token.as_bytes()).ok_or(AcmeError::InvalidToken)?;
        if !challenge::is_key_authorization(key_authorization, token) {
            return Err(AcmeError::InvalidKeyAuthorization);
        }
        let mut challenges = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if challenges.len() >= MAX_CHALLENGES && !challenges.contains_key(token) {
            return Err(AcmeError::Full);
        }
        challenges.insert(token.to_owned(), key_authorization.to_owned());
        Ok(())
    }

    /// Removes the challenge with this token, if there is one. From now on, requests for it go on
    /// to the application.
    pub fn remove(&self, token: &str) {
        let mut challenges = self.0.write().unwrap_or_else(PoisonError::into_inner);
        challenges.remove(token);
    }

    /// The key authorization for a token.
    pub(super) fn get(&self, token: &str) -> Option<String> {
        let challenges = self.0.read().unwrap_or_else(PoisonError::into_inner);
        challenges.get(token).cloned()
    }
}
