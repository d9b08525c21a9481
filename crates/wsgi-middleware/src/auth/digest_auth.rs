//! Digest authentication.

mod algorithm;
mod authorization;
mod hex;
mod nonces;
mod proof;
mod secret;
mod used_nonces;
mod users;

use std::{
    borrow::Cow,
    fmt,
    time::{Duration, Instant, SystemTime},
};

use wsgi_application::{Application, Environ, Result, StartResponse, Status};

use self::{
    authorization::Authorization,
    nonces::Nonces,
    users::{FindUser, User},
};
use crate::{
    auth::{
        findings::Findings,
        realm::quoted,
        throttle::{Attempt, Throttle, refuse},
    },
    overridden::sent_method,
};

pub use self::{algorithm::DigestAlgorithm, secret::DigestSecret, users::DigestUsers};

/// Middleware that asks for a user and a password, without the password on the network (RFC 7616).
///
/// Browsers, curl and other programs know it. The client sends a hash of the password, the request
/// and a nonce of the server, by SHA-256 or another [`algorithm`](Self::algorithm). If it is right,
/// `REMOTE_USER` is the user and `AUTH_TYPE` is `Digest`, and the application is called. Otherwise
/// the response is 401.
///
/// The users are a closure or a type of yours ([`DigestUsers`]), which returns the
/// [`DigestSecret`] of a user. For a user that does not exist, the comparison of hashes takes as
/// long. The lookup takes its own time: the one below derives a secret for the known user alone.
///
/// - **A nonce** is valid for 5 minutes ([`nonce_lifetime`](Self::nonce_lifetime)). With one that
///   has expired, the client is asked again with `stale=true`, and answers without asking the user.
///   Each process accepts only its own, unless several share a [`nonce_key`](Self::nonce_key).
/// - **A recorded request** cannot be sent again: the server knows which counts (`nc`) came with a
///   nonce. It remembers the nonces of 16,384 clients ([`max_nonces`](Self::max_nonces)), in a
///   megabyte. If there are more, the oldest become stale.
/// - **Wrong passwords** are limited by a [`Throttle`], as for `BasicAuth`. What it remembers of a
///   user who was right is the nonce, and then the next one. So a browser goes on for as long as it
///   likes, while a program that begins with a new nonce, as curl does at each run, logs in anew.
/// - **Inside `InternalRedirects` or `ErrorDocuments`**, the response of the client is checked once
///   for a request. It holds for all calls that the site makes for it. Several `DigestAuth`s of one
///   realm in a site need a common [`nonce_key`](Self::nonce_key). Otherwise each calls the
///   nonces of another one stale, and nobody can pass both for one request.
/// - **The target** in the response of the client has to be that of the request, or the answer is
///   400 (RFC 7616 section 3.4.6). That is the target as the server received it, or the path that
///   [`TrustedProxies`](crate::TrustedProxies) knows from a proxy.
///
/// It is for clients that cannot do better. The body and the response are not protected, and who
/// reads the network can guess a short password: serve over https, where `BasicAuth` is as safe and
/// lets a site keep slow hashes. MD5, which old clients use, is refused, and so are `auth-int` and
/// the algorithms whose names end with `-sess`.
///
/// ```
/// use wsgi_application::{Status, application};
/// use wsgi_middleware::{DigestAuth, DigestSecret};
/// use wsgi_testing::Request;
///
/// let hello = application(|environ, start_response| {
///     start_response.start(Status::OK, [("Content-Type", "text/plain; charset=utf-8")])?;
///     Ok(format!("Hello {}!", environ.get("REMOTE_USER").unwrap()).into())
/// });
/// let app = DigestAuth::new(hello, "Cave", |user: &str| {
///     (user == "Aladdin").then(|| DigestSecret::new(user, "Cave", "open sesame"))
/// })?;
///
/// let response = Request::get("/").call(&app);
/// assert_eq!(response.status(), &Status::UNAUTHORIZED);
/// let challenge = response.headers().get("WWW-Authenticate").unwrap().to_str()?;
/// assert!(challenge.starts_with(r#"Digest realm="Cave", qop="auth", algorithm=SHA-256, nonce=""#));
/// # Ok::<(), wsgi_application::Error>(())
/// ```
pub struct DigestAuth<A, U> {
    application: A,
    realm: String,
    algorithm: DigestAlgorithm,
    users: U,
    /// Finds users by their hashes, if clients may send them.
    hashed_users: Option<FindUser>,
    nonces: Nonces,
    findings: Findings,
    throttle: Option<Throttle>,
    clock: Box<dyn Fn() -> Duration + Send + Sync>,
    /// The secret of those who do not exist.
    nobody: DigestSecret,
}

impl<A: Application, U: DigestUsers> DigestAuth<A, U> {
    /// Protects an application. Browsers show the realm to the user: the name of what the password
    /// is for. It has no control characters.
    ///
    /// # Errors
    ///
    /// The system has no random bytes, or the realm has a control character.
    pub fn new(application: A, realm: &str, users: U) -> Result<Self> {
        if realm.chars().any(char::is_control) {
            return Err("the realm of a Digest authentication has a control character".into());
        }
        // Processes share the epoch, and nobody sets the steady clock.
        let epoch = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
        let start = Instant::now();
        let clock = move || epoch + start.elapsed();
        Ok(Self {
            application,
            realm: realm.to_owned(),
            algorithm: DigestAlgorithm::default(),
            users,
            hashed_users: None,
            nonces: Nonces::new()?,
            findings: Findings::new(),
            throttle: Some(Throttle::new()),
            clock: Box::new(clock),
            nobody: DigestSecret::new("", realm, ""),
        })
    }

    /// Sets the hash function, by which also the [`DigestSecret`]s are made; SHA-256 by default.
    ///
    /// ```
    /// use wsgi_middleware::{DigestAlgorithm, DigestAuth, DigestSecret, not_found};
    ///
    /// let algorithm = DigestAlgorithm::Sha512_256;
    /// let app = DigestAuth::new(not_found, "Cave", move |user: &str| {
    ///     let secret = || DigestSecret::with_algorithm(algorithm, user, "Cave", "open sesame");
    ///     (user == "Aladdin").then(secret)
    /// })?
    /// .algorithm(algorithm);
    /// let response = wsgi_testing::Request::get("/").call(&app);
    /// let challenge = response.headers().get("WWW-Authenticate").unwrap().to_str()?;
    /// assert!(challenge.contains("algorithm=SHA-512-256"));
    /// # Ok::<(), wsgi_application::Error>(())
    /// ```
    #[must_use]
    pub fn algorithm(mut self, algorithm: DigestAlgorithm) -> Self {
        self.algorithm = algorithm;
        self
    }

    /// Lets clients send a hash in place of the name of a user, which then does not cross the
    /// network (`userhash`, RFC 7616 section 3.4.4). The closure finds the user whose
    /// [`user_hash`](DigestAlgorithm::user_hash) it is, by a table that the site keeps. It is
    /// called for each response with a hash that the [`Throttle`] lets pass, and may block. If it
    /// fails, the request fails.
    ///
    /// Clients may still send the name, as browsers do. Short names can be guessed from their
    /// hashes.
    ///
    /// ```
    /// use std::collections::HashMap;
    /// use wsgi_middleware::{DigestAlgorithm, DigestAuth, DigestSecret, not_found};
    ///
    /// let hash = DigestAlgorithm::Sha256.user_hash("Aladdin", "Cave");
    /// let table = HashMap::from([(hash, "Aladdin".to_owned())]);
    /// let app = DigestAuth::new(not_found, "Cave", |user: &str| {
    ///     (user == "Aladdin").then(|| DigestSecret::new(user, "Cave", "open sesame"))
    /// })?
    /// .hashed_users(move |hash| Ok(table.get(hash).cloned()));
    /// let response = wsgi_testing::Request::get("/").call(&app);
    /// let challenge = response.headers().get("WWW-Authenticate").unwrap().to_str()?;
    /// assert!(challenge.contains("userhash=true"));
    /// # Ok::<(), wsgi_application::Error>(())
    /// ```
    #[must_use]
    pub fn hashed_users(
        mut self,
        find: impl Fn(&str) -> Result<Option<String>> + Send + Sync + 'static,
    ) -> Self {
        self.hashed_users = Some(Box::new(find));
        self
    }

    /// Sets the key by which nonces are recognised: random bytes, which several processes or
    /// successive ones share. Each then accepts the nonces of all that have the same realm. By
    /// default a process makes a key of its own.
    ///
    /// A front server may then send the requests of a client to any of the processes, and a restart
    /// goes unnoticed. But each process remembers only the counts that came to itself: within the
    /// [`nonce_lifetime`](Self::nonce_lifetime), a recorded request can be sent once to each of the
    /// others. Over https there is nothing to record. The clocks of the machines may differ by less
    /// than that time.
    ///
    /// # Errors
    ///
    /// The key is shorter than 32 bytes.
    ///
    /// ```
    /// use wsgi_middleware::{DigestAuth, not_found};
    ///
    /// let app = DigestAuth::new(not_found, "Cave", |_: &str| None)?;
    /// assert!(app.nonce_key("open sesame").is_err());
    /// # Ok::<(), wsgi_application::Error>(())
    /// ```
    pub fn nonce_key(mut self, key: impl AsRef<[u8]>) -> Result<Self> {
        self.nonces.share(key.as_ref(), &self.realm)?;
        Ok(self)
    }

    /// Sets the limits of wrong passwords. By default they are those of [`Throttle::new`]; with
    /// `None` there are none.
    #[must_use]
    pub fn throttle(mut self, throttle: impl Into<Option<Throttle>>) -> Self {
        self.throttle = throttle.into();
        self
    }

    /// Sets the time for which a nonce is valid; 5 minutes by default.
    ///
    /// ```
    /// use std::time::Duration;
    /// use wsgi_middleware::{DigestAuth, not_found};
    ///
    /// let app = DigestAuth::new(not_found, "Cave", |_: &str| None)?
    ///     .nonce_lifetime(Duration::from_secs(60))
    ///     .max_nonces(1000)
    ///     .throttle(None);
    /// assert_eq!(wsgi_testing::Request::get("/").call(&app).status().code(), 401);
    /// # Ok::<(), wsgi_application::Error>(())
    /// ```
    #[must_use]
    pub fn nonce_lifetime(mut self, lifetime: Duration) -> Self {
        self.nonces.lifetime = lifetime;
        self
    }

    /// Sets the number of nonces in use that are remembered; 16,384 by default. Each takes some 50
    /// bytes.
    #[must_use]
    pub fn max_nonces(mut self, nonces: usize) -> Self {
        self.nonces.max_used = nonces;
        self
    }

    /// Sets the clock of nonces, for tests: a closure that returns the time since any fixed moment.
    /// By default that is the Unix epoch, by the clock at the start. If the time goes back, it
    /// stands still for a while.
    ///
    /// ```
    /// use std::time::Duration;
    /// use wsgi_middleware::{DigestAuth, not_found};
    ///
    /// let app = DigestAuth::new(not_found, "Cave", |_: &str| None)?.clock(|| Duration::ZERO);
    /// assert_eq!(wsgi_testing::Request::get("/").call(&app).status().code(), 401);
    /// # Ok::<(), wsgi_application::Error>(())
    /// ```
    #[must_use]
    pub fn clock(mut self, clock: impl Fn() -> Duration + Send + Sync + 'static) -> Self {
        self.clock = Box::new(clock);
        self
    }

    /// Makes a nonce for a challenge.
    fn nonce(&self) -> String {
        self.nonces.make((self.clock)())
    }

    /// Makes a nonce for a user whose response was right, but stale. If the old one was verified,
    /// so is this one: the user has logged in before, and only goes on.
    fn next_nonce(
        &self,
        environ: &Environ,
        client: &Authorization<'_>,
        was_verified: bool,
    ) -> String {
        let nonce = self.nonce();
        if let Some(throttle) = self.throttle.as_ref().filter(|_| was_verified) {
            let user = self.throttled_user(client);
            throttle.attempt(environ, &user, &nonce).count(true);
        }
        nonce
    }

    /// The user as the throttle knows them, however named, without a lookup.
    fn throttled_user<'c>(&self, client: &'c Authorization<'_>) -> Cow<'c, str> {
        match self.hashed_users.is_some() && !client.is_hashed {
            true => self.algorithm.user_hash(&client.user, &self.realm).into(),
            false => Cow::Borrowed(&client.user),
        }
    }

    /// Asks for a user and a password, or if the nonce is stale only for another response.
    fn ask(&self, nonce: &str, is_stale: bool, start_response: &mut StartResponse<'_>) -> Result {
        let realm = quoted(&self.realm);
        let algorithm = self.algorithm.name();
        let userhash = self.hashed_users.as_ref().map_or("", |_| ", userhash=true");
        let stale = if is_stale { ", stale=true" } else { "" };
        let challenge = format!(
            "Digest realm={realm}, qop=\"auth\", algorithm={algorithm}, nonce=\"{nonce}\", \
             charset=UTF-8{userhash}{stale}"
        );
        let headers = [
            ("Content-Type", "text/plain"),
            ("WWW-Authenticate", &challenge),
        ];
        start_response.start(Status::UNAUTHORIZED, headers)?;
        Ok("401 Unauthorized\n".into())
    }

    /// Whether a response is to a challenge like those of `ask`.
    fn has_asked_for(&self, client: &Authorization<'_>) -> bool {
        client.realm == *self.realm
            && client.algorithm == self.algorithm
            && (!client.is_hashed || self.hashed_users.is_some())
    }

    /// Checks a response to a challenge, which counts as an attempt.
    fn check(&self, environ: &Environ, client: &Authorization<'_>) -> Result<Checked> {
        let throttle = self.throttle.as_ref();
        let attempt = throttle.map(|throttle| {
            let user = self.throttled_user(client);
            throttle.attempt(environ, &user, &client.nonce)
        });
        if let Some(seconds) = attempt.as_ref().and_then(Attempt::refusal) {
            return Ok(Checked::Refused(seconds));
        }
        let checked = User::of(client, self.hashed_users.as_ref())
            .and_then(|user| Ok((self.is_right(environ, client, &user)?, user)));
        let is_fresh = match checked {
            Ok((true, _)) => {
                let count = u32::from_str_radix(&client.nc, 16).unwrap_or(0);
                self.nonces.admit(&client.nonce, count, (self.clock)())
            }
            _ => false,
        };
        let was_verified = attempt.as_ref().is_some_and(Attempt::is_verified);
        if let Some(attempt) = attempt {
            match checked {
                // The right response may be a recorded one, so it verifies nobody.
                Ok((true, _)) if !is_fresh => {}
                Ok((is_right, _)) => attempt.count(is_right),
                Err(_) => attempt.charge(),
            }
        }
        let (is_right, user) = checked?;
        let finding = match (is_right, is_fresh) {
            (true, true) => Finding::Right,
            (true, false) => Finding::Stale { was_verified },
            (false, _) => Finding::Wrong,
        };
        Ok(Checked::Found(finding, user))
    }

    /// Whether the client knows the password of the user.
    fn is_right(&self, environ: &Environ, client: &Authorization<'_>, user: &User) -> Result<bool> {
        // Users are asked for a hash that nobody has as well, so that it takes as long.
        let secret = self.users.secret(&user.name)?;
        let exists = secret.is_some() & user.is_known;
        let secret = secret.as_ref().unwrap_or(&self.nobody);
        // That of the client, also for a page to which the site has redirected, and for a POST that
        // has asked for another method.
        let method = environ.get("REDIRECT_REQUEST_METHOD");
        let method = method.unwrap_or_else(|| environ.request_method());
        let method = sent_method(environ, method);
        Ok(proof::is_right(client, secret, method.as_bytes()) & exists)
    }
}

/// The value of a response to a challenge.
#[derive(Clone, Copy)]
enum Finding {
    Right,
    /// Right, but with a nonce that has expired or a count that was used before.
    Stale {
        /// Whether the nonce had come with the right password before.
        was_verified: bool,
    },
    Wrong,
}

/// The result of a check.
enum Checked {
    Found(Finding, User),
    /// There were too many wrong passwords; for this number of seconds.
    Refused(u64),
}

impl<A: Application, U: DigestUsers> Application for DigestAuth<A, U> {
    fn call(&self, environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
        let value = environ.get("HTTP_AUTHORIZATION");
        let client = value.and_then(|value| Authorization::parse(value.as_bytes()));
        let Some(client) = client.filter(|client| self.has_asked_for(client)) else {
            return self.ask(&self.nonce(), false, start_response);
        };
        // The same request came before, and the site calls itself for it by another path.
        let known: Option<Finding> = self.findings.of(environ);
        let (finding, user) = match known {
            Some(finding) => (finding, User::of(&client, self.hashed_users.as_ref())?),
            None if !client.is_for(environ) => {
                start_response.start(Status::BAD_REQUEST, [("Content-Type", "text/plain")])?;
                return Ok("400 Bad Request: the digest is for another target\n".into());
            }
            None => match self.check(environ, &client)? {
                Checked::Refused(seconds) => return refuse(seconds, start_response),
                Checked::Found(finding, user) => (finding, user),
            },
        };
        let challenge = match finding {
            Finding::Right => None,
            Finding::Stale { was_verified } => {
                Some((self.next_nonce(environ, &client, was_verified), true))
            }
            Finding::Wrong => Some((self.nonce(), false)),
        };
        if known.is_none() {
            self.findings.leave(environ, finding);
        }
        if let Some((nonce, is_stale)) = challenge {
            return self.ask(&nonce, is_stale, start_response);
        }
        environ.set("REMOTE_USER", user.name);
        environ.set("AUTH_TYPE", "Digest");
        self.application.call(environ, start_response)
    }
}

impl<A: fmt::Debug, U> fmt::Debug for DigestAuth<A, U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DigestAuth")
            .field("application", &self.application)
            .field("realm", &self.realm)
            .field("algorithm", &self.algorithm)
            .field("throttle", &self.throttle)
            .finish_non_exhaustive()
    }
}
