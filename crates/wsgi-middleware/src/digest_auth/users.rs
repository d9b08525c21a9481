//! The users of a site.

use wsgi_application::Result;

use super::secret::DigestSecret;

/// The secrets of users, for [`DigestAuth`](crate::DigestAuth): a closure that takes a user, or a
/// type of your own, such as one that asks a database.
///
/// ```
/// use wsgi_application::Result;
/// use wsgi_middleware::{DigestAuth, DigestSecret, DigestUsers, Mounts};
///
/// struct Accounts;
///
/// impl DigestUsers for Accounts {
///     fn secret(&self, user: &str) -> Result<Option<DigestSecret>> {
///         Err("the database is down".into())
///     }
/// }
///
/// let app = DigestAuth::new(Mounts::new(), "Cave", Accounts)?;
/// # assert_eq!(wsgi_testing::Request::get("/").call(&app).status().code(), 401);
/// # Ok::<(), wsgi_application::Error>(())
/// ```
pub trait DigestUsers: Send + Sync {
    /// The secret of a user, or `None` if there is no such user. It may block.
    ///
    /// # Errors
    ///
    /// The user cannot be looked up. The request fails, and nobody gets in.
    fn secret(&self, user: &str) -> Result<Option<DigestSecret>>;
}

impl<F> DigestUsers for F
where
    F: Fn(&str) -> Option<DigestSecret> + Send + Sync,
{
    fn secret(&self, user: &str) -> Result<Option<DigestSecret>> {
        Ok(self(user))
    }
}
