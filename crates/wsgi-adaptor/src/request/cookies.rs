//! The cookies of a request.

use std::time::{Duration, SystemTime};

#[cfg(feature = "encrypted")]
use wsgi_cookies::Decrypted;
use wsgi_cookies::{Cookies, Keyring, SameSite, SetCookie, Verified};
use wsgi_environ::Value;

use crate::{request::Request, request_error::RequestError};

/// The purpose of an application's signed and encrypted cookies, so that no session id passes for
/// one of them.
const PURPOSE: &str = "wsgi-adaptor cookie";

/// The cookies.
impl<'a> Request<'a> {
    /// The cookies, as the browser sent them.
    ///
    /// ```
    /// use wsgi_adaptor::{Adaptor, Request};
    ///
    /// fn names(request: &Request<'_>) -> String {
    ///     let names: Vec<_> = request.cookies().iter().map(|(name, _)| name.to_owned()).collect();
    ///     names.join(", ")
    /// }
    ///
    /// let app = Adaptor::new().get("/", names);
    /// let request = wsgi_testing::Request::get("/").header("Cookie", "theme=dark; lang=de");
    /// assert_eq!(request.call(&app).text(), "theme, lang");
    /// ```
    #[must_use]
    pub fn cookies(&self) -> Cookies<'a> {
        let field = self.environ.get("HTTP_COOKIE").map(Value::as_bytes);
        field.into_iter().collect()
    }

    /// The first cookie of this name.
    ///
    /// ```
    /// use wsgi_adaptor::Adaptor;
    ///
    /// let app = Adaptor::new().get("/", |request| {
    ///     request.cookie("theme").unwrap_or("light").to_owned()
    /// });
    /// let request = wsgi_testing::Request::get("/").header("Cookie", "theme=dark");
    /// assert_eq!(request.call(&app).text(), "dark");
    /// ```
    #[must_use]
    pub fn cookie(&self, name: &str) -> Option<&'a str> {
        self.cookies().get(name)
    }

    /// The cookie of this name that [`sign_cookie`](Self::sign_cookie) created at most `max_age`
    /// ago. `None` if there is no such cookie, or none that this application has signed.
    ///
    /// # Errors
    ///
    /// [`RequestError::NoKeyring`].
    pub fn signed_cookie(
        &self,
        name: &str,
        max_age: Duration,
    ) -> Result<Option<Verified>, RequestError> {
        let keys = self.keyring()?.for_cookie(PURPOSE, name);
        let now = SystemTime::now();
        let verify = |text| keys.verify(text, Some(max_age), now).ok();
        Ok(self.cookies().get_all(name).find_map(verify))
    }

    /// Creates a signed cookie. Anyone can read its value, but nobody else can create it or move it
    /// to another name.
    ///
    /// The cookie has the path `/`. Scripts do not see it, and forms on other sites do not send
    /// it. If the request came over https, the cookie is sent only over https.
    ///
    /// ```
    /// use std::time::Duration;
    /// use wsgi_adaptor::{Adaptor, Request, Response};
    /// use wsgi_application::Result;
    /// use wsgi_cookies::{Key, Keyring};
    ///
    /// fn basket(request: &Request<'_>) -> Result<Response> {
    ///     let day = Duration::from_secs(24 * 60 * 60);
    ///     let items = match request.signed_cookie("items", day)? {
    ///         Some(cookie) => String::from_utf8(cookie.value)?.parse()?,
    ///         None => 0,
    ///     };
    ///     let cookie = request.sign_cookie("items", (items + 1).to_string())?;
    ///     Ok(Response::text(items.to_string()).with_cookie(&cookie))
    /// }
    ///
    /// let app = Adaptor::new().get("/", basket).keyring(Keyring::new(Key::generate()?));
    /// let first = wsgi_testing::Request::get("/").call(&app);
    /// let cookie = first.headers().get("Set-Cookie").unwrap().to_string();
    /// let cookie = cookie.split(';').next().unwrap();
    /// let second = wsgi_testing::Request::get("/").header("Cookie", cookie).call(&app);
    /// assert_eq!((first.text(), second.text()), ("0", "1"));
    /// # Ok::<(), wsgi_application::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`RequestError::NoKeyring`].
    pub fn sign_cookie(
        &self,
        name: &str,
        value: impl AsRef<[u8]>,
    ) -> Result<SetCookie, RequestError> {
        let keys = self.keyring()?.for_cookie(PURPOSE, name);
        let text = keys.sign(value, SystemTime::now());
        Ok(self.protected_cookie(name, text))
    }

    /// The value of the cookie of this name that [`encrypt_cookie`](Self::encrypt_cookie) created
    /// at most `max_age` ago. `None` if there is no such cookie, or none that this application has
    /// encrypted.
    ///
    /// # Errors
    ///
    /// [`RequestError::NoKeyring`].
    #[cfg(feature = "encrypted")]
    pub fn encrypted_cookie(
        &self,
        name: &str,
        max_age: Duration,
    ) -> Result<Option<Decrypted>, RequestError> {
        let keys = self.keyring()?.for_cookie(PURPOSE, name);
        let now = SystemTime::now();
        let decrypt = |text| keys.decrypt(text, Some(max_age), now).ok();
        Ok(self.cookies().get_all(name).find_map(decrypt))
    }

    /// Creates an encrypted cookie. Nobody else can read its value, create it, or move it to
    /// another name. Its attributes are those of [`sign_cookie`](Self::sign_cookie).
    ///
    /// ```
    /// use std::time::Duration;
    /// use wsgi_adaptor::{Adaptor, Request, Response};
    /// use wsgi_application::Result;
    /// use wsgi_cookies::{Key, Keyring};
    ///
    /// fn search(request: &Request<'_>) -> Result<Response> {
    ///     let day = Duration::from_secs(24 * 60 * 60);
    ///     let last = request.encrypted_cookie("last", day)?;
    ///     let last = String::from_utf8(last.map_or(vec![], |cookie| cookie.value))?;
    ///     let words = request.query().get("q").unwrap_or_default().to_owned();
    ///     let cookie = request.encrypt_cookie("last", words)?;
    ///     Ok(Response::text(format!("The last search was {last:?}.")).with_cookie(&cookie))
    /// }
    ///
    /// let app = Adaptor::new().get("/", search).keyring(Keyring::new(Key::generate()?));
    /// let mut browser = wsgi_testing::Client::new(app);
    /// browser.get("/?q=gift");
    /// let cookie = browser.cookies().get("last").unwrap();
    /// assert!(!cookie.value().contains("gift"));
    /// assert_eq!(browser.get("/?q=card").text(), "The last search was \"gift\".");
    /// # Ok::<(), wsgi_application::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`RequestError::NoKeyring`], or [`RequestError::Random`].
    #[cfg(feature = "encrypted")]
    pub fn encrypt_cookie(
        &self,
        name: &str,
        value: impl AsRef<[u8]>,
    ) -> Result<SetCookie, RequestError> {
        let keys = self.keyring()?.for_cookie(PURPOSE, name);
        let text = keys.encrypt(value, SystemTime::now());
        Ok(self.protected_cookie(name, text.map_err(RequestError::Random)?))
    }

    /// A cookie with a value that is signed or encrypted.
    fn protected_cookie(&self, name: &str, text: String) -> SetCookie {
        SetCookie::new(name, text)
            .path("/")
            .http_only(true)
            .same_site(SameSite::Lax)
            .secure(self.environ.url_scheme() == "https")
    }

    fn keyring(&self) -> Result<&Keyring, RequestError> {
        let keyring = self.surroundings.keyring();
        keyring.ok_or(RequestError::NoKeyring)
    }
}
