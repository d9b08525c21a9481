//! The users of a site.

use wsgi_application::Result;

use super::{authorization::Authorization, secret::DigestSecret};

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

/// Finds the user whose name has a hash.
pub(super) type FindUser = Box<dyn Fn(&str) -> Result<Option<String>> + Send + Sync>;

/// The user of a response to a challenge.
pub(super) struct User {
    /// The name, or the hash that the client sent if the site does not know it.
    pub(super) name: String,
    /// Whether a hash was found. A name is known as it is.
    pub(super) is_known: bool,
}

impl User {
    /// # Errors
    ///
    /// The user of a hash cannot be looked up.
    pub(super) fn of(client: &Authorization<'_>, find: Option<&FindUser>) -> Result<Self> {
        let sent = &*client.user;
        let found = match find {
            Some(find) if client.is_hashed => find(sent)?,
            _ => Some(sent.to_owned()),
        };
        let is_known = found.is_some();
        let name = found.unwrap_or_else(|| sent.to_owned());
        Ok(Self { name, is_known })
    }
}
