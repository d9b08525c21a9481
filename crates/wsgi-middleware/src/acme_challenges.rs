//! Answers to the challenges of authorities that issue certificates.

mod acme_error;
mod acme_handle;
mod challenge;
mod webroot;

use std::path::Path;

use wsgi_application::{Application, Body, Environ, Error, Result, StartResponse, Status};

use self::webroot::Webroot;
use crate::log::log_failure;

pub use self::{acme_error::AcmeError, acme_handle::AcmeHandle};

/// The path of all challenges, before the token (RFC 8555 section 8.3).
const PATH: &[u8] = b"/.well-known/acme-challenge/";

/// Middleware that answers the HTTP challenges by which an authority, such as Let's Encrypt, checks
/// that a server controls its name (RFC 8555 section 8.3).
///
/// The authority asks for `/.well-known/acme-challenge/TOKEN`, by http at port 80. The answer comes
/// from an ACME client: one within this process, through an [`AcmeHandle`], or one that writes a
/// file below a [webroot](Self::webroot), such as certbot. All other requests go on to the
/// application, and so do those with an unknown or malformed token or with a method other than GET
/// and HEAD.
///
/// Put it around [`HttpsRedirect`](crate::HttpsRedirect) or inside: that does not redirect such
/// requests.
///
/// ```
/// use wsgi_application::Status;
/// use wsgi_middleware::{AcmeChallenges, HttpsRedirect, not_found};
/// use wsgi_testing::Request;
///
/// let app = AcmeChallenges::new(HttpsRedirect::new(not_found));
/// let handle = app.handle();
///
/// let token = "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA";
/// let key_authorization = format!("{token}.9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI");
/// handle.add(token, &key_authorization)?;
///
/// let request = Request::get(format!("/.well-known/acme-challenge/{token}"));
/// assert_eq!(request.call(&app).text(), key_authorization);
///
/// handle.remove(token);
/// let request = Request::get(format!("/.well-known/acme-challenge/{token}"));
/// assert_eq!(request.call(&app).status(), &Status::NOT_FOUND);
/// # Ok::<(), wsgi_middleware::AcmeError>(())
/// ```
#[derive(Debug)]
pub struct AcmeChallenges<A> {
    application: A,
    handle: AcmeHandle,
    webroot: Option<Webroot>,
}

impl<A: Application> AcmeChallenges<A> {
    /// Wraps an application. There are no challenges yet.
    #[must_use]
    pub fn new(application: A) -> Self {
        Self {
            application,
            handle: AcmeHandle::new(),
            webroot: None,
        }
    }

    /// A handle, by which any thread adds and removes challenges.
    #[must_use]
    pub fn handle(&self) -> AcmeHandle {
        self.handle.clone()
    }

    /// Also takes challenges from files: `.well-known/acme-challenge/TOKEN` below this folder,
    /// which is the one after `certbot certonly --webroot --webroot-path`. The folder need not
    /// exist yet.
    ///
    /// Only regular files of at most 4,096 bytes count, and symbolic links do not. A file that
    /// cannot be read, or that does not count, is an entry in the errors stream.
    ///
    /// ```
    /// use wsgi_middleware::{AcmeChallenges, not_found};
    /// use wsgi_testing::Request;
    ///
    /// # let webroot = std::env::temp_dir().join(format!("acme-{}", std::process::id()));
    /// let folder = webroot.join(".well-known/acme-challenge");
    /// std::fs::create_dir_all(&folder)?;
    /// std::fs::write(folder.join("LoqXcYV8"), "LoqXcYV8.jxb1F7")?;
    ///
    /// let app = AcmeChallenges::new(not_found).webroot(&webroot);
    /// let response = Request::get("/.well-known/acme-challenge/LoqXcYV8").call(&app);
    /// assert_eq!(response.text(), "LoqXcYV8.jxb1F7");
    /// # std::fs::remove_dir_all(&webroot)?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn webroot(mut self, folder: impl AsRef<Path>) -> Self {
        self.webroot = Some(Webroot::new(folder.as_ref()));
        self
    }

    /// The answer to a request, if it is for a known challenge.
    fn answer(&self, environ: &Environ) -> Option<Vec<u8>> {
        if !matches!(environ.request_method().as_bytes(), b"GET" | b"HEAD") {
            return None;
        }
        let token = challenge::token(environ.path_info().as_bytes().strip_prefix(PATH)?)?;
        if let Some(key_authorization) = self.handle.get(token) {
            return Some(key_authorization.into_bytes());
        }
        let found = self.webroot.as_ref()?.challenge(token);
        found.unwrap_or_else(|error| {
            log_failure(environ, &Error::from(error));
            None
        })
    }
}

/// Whether a request is for a challenge, known or not.
pub(crate) fn is_for_challenge(environ: &Environ) -> bool {
    environ.path_info().as_bytes().starts_with(PATH) && environ.script_name().is_empty()
}

impl<A: Application> Application for AcmeChallenges<A> {
    fn call(&self, environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
        let answer = is_for_challenge(environ).then(|| self.answer(environ));
        let Some(answer) = answer.flatten() else {
            return self.application.call(environ, start_response);
        };
        let headers = [
            ("Content-Type", "text/plain"),
            ("X-Content-Type-Options", "nosniff"),
        ];
        start_response.start(Status::OK, headers)?;
        Ok(Body::from(answer))
    }
}
