//! The cookie that holds the id: its name, its attributes, and how it is read.

use std::time::{Duration, SystemTime};

use wsgi_cookies::{Cookies, InvalidCookie, SameSite, SetCookie};

use super::{
    id::Id,
    presented::{Candidates, Presented},
    seal::Seal,
};
use crate::{method::Method, scheme::Scheme};

/// Number of cookies of the right name that are read. Skipping one that cannot hold an id costs
/// little.
const LOOKED_AT: usize = 64;

/// The longest name of a cookie, without a prefix.
const NAME: usize = 128;

/// The longest time that browsers keep a cookie (RFC 6265bis, section 5.5): 400 days.
pub(crate) const LONGEST: Duration = Duration::from_secs(400 * 24 * 60 * 60);

/// When the cookie of a session is `Secure`, so that browsers send it only over https (RFC 6265bis,
/// section 4.1.2.5).
///
/// ```
/// use std::time::SystemTime;
/// use wsgi_sessions::{Cookies, MemoryStore, Scheme, Secure, Sessions};
///
/// let sessions = Sessions::builder(MemoryStore::new()).secure(Secure::Always).build()?;
/// let session = sessions.open(&Cookies::default(), Scheme::Http, SystemTime::now());
/// session.insert("name", "Ada")?;
/// let cookie = session.finish(SystemTime::now())?.unwrap();
/// assert!(cookie.to_header_value().unwrap().contains("; Secure"));
/// # Ok::<_, wsgi_sessions::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Secure {
    /// If the request came over https. A visitor then has different sessions over http and over
    /// https, and an eavesdropper on http does not get the other one.
    #[default]
    OverHttps,
    /// Always. For a server behind a proxy that speaks https but does not say so.
    Always,
    /// Never.
    Never,
}

/// The attributes of the cookie of a session.
#[derive(Clone)]
pub(crate) struct Template {
    pub(crate) name: String,
    pub(crate) path: String,
    pub(crate) domain: Option<String>,
    pub(crate) same_site: SameSite,
    pub(crate) secure: Secure,
    pub(crate) http_only: bool,
    pub(crate) persistent: bool,
    pub(crate) partitioned: bool,
    pub(crate) seal: Option<Seal>,
}

impl Template {
    pub(crate) fn new() -> Self {
        Self {
            name: "session".into(),
            path: "/".into(),
            domain: None,
            same_site: SameSite::Lax,
            secure: Secure::default(),
            http_only: true,
            persistent: false,
            partitioned: false,
            seal: None,
        }
    }

    /// Checks that browsers keep every cookie made from this template.
    pub(crate) fn check(&self) -> Result<(), InvalidCookie> {
        // A prefix alone would be a name.
        if self.name.is_empty() || self.name.len() > NAME {
            return Err(InvalidCookie::Name);
        }
        let schemes: &[Scheme] = match self.secure {
            Secure::OverHttps => &[Scheme::Http, Scheme::Https],
            Secure::Always | Secure::Never => &[Scheme::Https],
        };
        for scheme in schemes {
            self.removal(*scheme).to_header_value()?;
        }
        Ok(())
    }

    /// Makes the cookie that gives a browser an id, for `lasts`, as far as browsers keep it for so
    /// long, or until the browser is closed.
    pub(crate) fn set(
        &self,
        scheme: Scheme,
        id: &Id,
        lasts: Option<Duration>,
        now: SystemTime,
    ) -> SetCookie {
        let name = self.full_name(scheme);
        let value = match &self.seal {
            Some(seal) => seal.close(&name, id, now),
            None => id.as_str().to_owned(),
        };
        let cookie = self.dress(scheme, SetCookie::new(name, value));
        match lasts {
            Some(lasts) => cookie.max_age(lasts.min(LONGEST)),
            None => cookie,
        }
    }

    /// Makes the cookie that deletes the id in a browser.
    pub(crate) fn removal(&self, scheme: Scheme) -> SetCookie {
        self.dress(scheme, SetCookie::removal(self.full_name(scheme)))
    }

    /// Returns the ids in the cookies of a request. A browser may hold several cookies of one name,
    /// with different paths or domains, and another application on the host may have set one.
    /// Cookies that cannot hold an id are skipped.
    pub(crate) fn read(&self, cookies: &Cookies<'_>, scheme: Scheme) -> Candidates {
        let found = self.values(cookies, scheme).take(LOOKED_AT);
        match &self.seal {
            Some(seal) => {
                let name = self.full_name(scheme);
                found.filter_map(|text| seal.open(&name, text)).collect()
            }
            None => {
                let ids = found.filter_map(|text| Id::parse(text.as_bytes()));
                ids.map(|id| Presented { id, resign: false }).collect()
            }
        }
    }

    /// Whether browsers leave the cookie out of a request that a page of another site caused (RFC
    /// 6265bis, section 5.2), although the response may set it.
    pub(crate) fn is_withheld(&self, method: Method) -> bool {
        match self.same_site {
            SameSite::Strict => true,
            SameSite::Lax => method == Method::Unsafe,
            _ => false,
        }
    }

    /// Whether a request has the cookie, whatever its value.
    pub(crate) fn is_in(&self, cookies: &Cookies<'_>, scheme: Scheme) -> bool {
        self.values(cookies, scheme).next().is_some()
    }

    /// The values of the cookies with the [full name](Self::full_name), of which no copy is made.
    fn values<'a, 'h>(
        &'a self,
        cookies: &'a Cookies<'h>,
        scheme: Scheme,
    ) -> impl Iterator<Item = &'h str> + use<'a, 'h> {
        let prefix = self.prefix(scheme);
        let is_named = move |name: &str| name.strip_prefix(prefix) == Some(&*self.name);
        let pairs = cookies.iter();
        pairs.filter_map(move |(name, value)| is_named(name).then_some(value))
    }

    fn dress(&self, scheme: Scheme, cookie: SetCookie) -> SetCookie {
        let cookie = cookie
            .path(&*self.path)
            .secure(self.is_secure(scheme))
            .http_only(self.http_only)
            .same_site(self.same_site)
            .partitioned(self.partitioned);
        match &self.domain {
            Some(domain) => cookie.domain(&**domain),
            None => cookie,
        }
    }

    fn is_secure(&self, scheme: Scheme) -> bool {
        match self.secure {
            Secure::OverHttps => scheme == Scheme::Https,
            Secure::Always => true,
            Secure::Never => false,
        }
    }

    /// Returns the name with the strongest possible prefix (RFC 6265bis, section 4.1.3). With it,
    /// neither another host of the domain nor plain http can plant a cookie.
    fn full_name(&self, scheme: Scheme) -> String {
        format!("{}{}", self.prefix(scheme), self.name)
    }

    fn prefix(&self, scheme: Scheme) -> &'static str {
        let of_host = self.path == "/" && self.domain.is_none();
        match (self.is_secure(scheme), of_host) {
            _ if self.name.starts_with("__") => "",
            (true, true) => "__Host-",
            (true, false) => "__Secure-",
            (false, _) => "",
        }
    }
}

#[cfg(test)]
mod tests;
