//! The check of a user's password.

use wsgi_application::Result;

/// A check of passwords, for [`BasicAuth`](crate::BasicAuth): a closure that takes a user and a
/// password, an `Htpasswd`, or a type of your own, such as one that asks a database.
///
/// ```
/// use wsgi_application::Result;
/// use wsgi_middleware::{BasicAuth, Mounts, PasswordCheck};
///
/// struct Accounts;
///
/// impl PasswordCheck for Accounts {
///     fn check(&self, user: &str, password: &str) -> Result<bool> {
///         Err("the database is down".into())
///     }
/// }
///
/// let app = BasicAuth::with_check(Mounts::new(), "Cave", Accounts);
/// let request = wsgi_testing::Request::get("/").basic_auth("a", "b");
/// assert_eq!(request.call(&app).status().code(), 500);
/// ```
pub trait PasswordCheck: Send + Sync {
    /// Whether the password is that of the user. It may block.
    ///
    /// # Errors
    ///
    /// The password cannot be checked. The request fails, and nobody gets in.
    fn check(&self, user: &str, password: &str) -> Result<bool>;
}

impl<F> PasswordCheck for F
where
    F: Fn(&str, &str) -> bool + Send + Sync,
{
    fn check(&self, user: &str, password: &str) -> Result<bool> {
        Ok(self(user, password))
    }
}
