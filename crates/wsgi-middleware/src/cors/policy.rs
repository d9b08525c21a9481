//! The permissions of other origins, and the fields that grant them.

use std::borrow::Cow;

use wsgi_headers::{Headers, InvalidHeader, Value, is_field_value, is_token, list_members};

use super::origins::Origins;
use crate::{method_override, overridden::Overrides, vary::vary_by};

/// The longest list of fields that is granted as it was asked for, in bytes.
const LONGEST: usize = 4096;

const ALLOW_ORIGIN: &str = "Access-Control-Allow-Origin";
const ALLOW_CREDENTIALS: &str = "Access-Control-Allow-Credentials";
const EXPOSE_HEADERS: &str = "Access-Control-Expose-Headers";
const REQUEST_METHOD: &str = "Access-Control-Request-Method";
const REQUEST_HEADERS: &str = "Access-Control-Request-Headers";

/// The permissions of pages of other origins, for [`Cors`](crate::Cors).
///
/// ```
/// use wsgi_middleware::CorsPolicy;
///
/// let policy = CorsPolicy::builder()
///     .origin("https://app.example".parse()?)
///     .origin("http://localhost:*".parse()?)
///     .any_header()
///     .expose(["ETag"])
///     .build()?;
/// assert!(CorsPolicy::builder().build().is_err(), "a policy that allows nothing");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct CorsPolicy {
    pub(super) origins: Origins,
    pub(super) methods: Names,
    pub(super) headers: Names,
    /// A list for a field. May be empty.
    pub(super) exposed: String,
    pub(super) credentials: bool,
    /// The allowed methods that a POST can ask for.
    pub(super) overrides: Overrides,
    /// In seconds.
    pub(super) max_age: Option<String>,
}

#[derive(Clone, Debug)]
pub(super) enum Names {
    /// Those that a preflight asks for.
    Mirrored,
    /// A list for a field. May be empty.
    These(String),
}

/// The permission of a request's origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Grant {
    /// Every origin has it.
    Any,
    /// This origin has it.
    Origin(Vec<u8>),
    Refused,
}

impl CorsPolicy {
    /// The permission of an origin, or of a request that has none.
    pub(super) fn grant(&self, origin: Option<&[u8]>) -> Grant {
        match (&self.origins, origin) {
            (Origins::Any, _) => Grant::Any,
            (Origins::These(trusted), Some(origin)) if trusted.contains(origin) => {
                Grant::Origin(origin.to_owned())
            }
            (Origins::These(_), _) => Grant::Refused,
        }
    }

    /// Whether pages with this permission may act for the user.
    pub(super) fn trusts(&self, grant: &Grant) -> bool {
        self.credentials && matches!(grant, Grant::Origin(_))
    }

    /// Sets the fields of a response that is not to a preflight, in place of those of the
    /// application.
    pub(super) fn replace_on(
        &self,
        grant: &Grant,
        headers: &mut Headers,
    ) -> Result<(), InvalidHeader> {
        remove_own(headers);
        self.allow_reading(grant, headers)
    }

    /// Sets the fields of a response that is not to a preflight.
    pub(super) fn allow_reading(
        &self,
        grant: &Grant,
        headers: &mut Headers,
    ) -> Result<(), InvalidHeader> {
        self.vary(headers, false)?;
        self.allow_origin(grant, headers)?;
        if *grant != Grant::Refused && !self.exposed.is_empty() {
            headers.set(EXPOSE_HEADERS, &self.exposed)?;
        }
        Ok(())
    }

    /// Says in `Vary` what a response depends on (Fetch, "CORS protocol and HTTP caches").
    pub(super) fn vary(
        &self,
        headers: &mut Headers,
        is_preflight: bool,
    ) -> Result<(), InvalidHeader> {
        // What every origin may read, each gets the same.
        if let Origins::These(_) = self.origins {
            vary_by(headers, "Origin")?;
        }
        for (names, field) in [
            (&self.methods, REQUEST_METHOD),
            (&self.headers, REQUEST_HEADERS),
        ] {
            if is_preflight && matches!(names, Names::Mirrored) {
                vary_by(headers, field)?;
            }
        }
        Ok(())
    }

    /// Allows the origin, if it has a permission.
    pub(super) fn allow_origin(
        &self,
        grant: &Grant,
        headers: &mut Headers,
    ) -> Result<(), InvalidHeader> {
        match grant {
            Grant::Any => headers.set(ALLOW_ORIGIN, "*")?,
            Grant::Origin(origin) => headers.set(ALLOW_ORIGIN, origin)?,
            Grant::Refused => return Ok(()),
        }
        match self.credentials {
            true => headers.set(ALLOW_CREDENTIALS, "true"),
            false => Ok(()),
        }
    }

    /// The fields that a preflight asks for. One that could ask for methods that are not allowed is
    /// left out.
    fn mirrored<'v>(&self, asked: Value<'v>) -> Cow<'v, [u8]> {
        let is_override =
            |name: &[u8]| name.eq_ignore_ascii_case(method_override::FIELD.as_bytes());
        full_list(asked.as_bytes(), |name| {
            self.overrides == Overrides::ALL || !is_override(name)
        })
    }

    /// Grants the method and the fields that a preflight asks for, as far as they are allowed. What
    /// is malformed is not granted.
    pub(super) fn allow_request(
        &self,
        method: Value<'_>,
        asked: Option<Value<'_>>,
        headers: &mut Headers,
    ) -> Result<(), InvalidHeader> {
        let methods = match &self.methods {
            Names::Mirrored if is_token(method.as_bytes()) => method.as_bytes(),
            Names::Mirrored => b"",
            Names::These(methods) => methods.as_bytes(),
        };
        let names = match &self.headers {
            Names::Mirrored => asked.map_or_else(Cow::default, |asked| self.mirrored(asked)),
            Names::These(names) => names.as_bytes().into(),
        };
        for (field, value) in [
            ("Access-Control-Allow-Methods", methods),
            ("Access-Control-Allow-Headers", &*names),
        ] {
            if is_list(value) {
                headers.set(field, value)?;
            }
        }
        match &self.max_age {
            Some(seconds) => headers.set("Access-Control-Max-Age", seconds),
            None => Ok(()),
        }
    }
}

/// Removes the fields by which an application itself lets pages read a response.
pub(super) fn remove_own(headers: &mut Headers) {
    for name in [ALLOW_ORIGIN, ALLOW_CREDENTIALS, EXPOSE_HEADERS] {
        headers.remove(name);
    }
}

/// The members of a list that count, without empty ones, which a recipient takes and a sender does
/// not send (RFC 9110 section 5.6.1).
fn full_list(list: &[u8], counts: impl Fn(&[u8]) -> bool) -> Cow<'_, [u8]> {
    let members: Vec<_> = list_members(list).filter(|member| counts(member)).collect();
    let commas = list.iter().filter(|&&byte| byte == b',').count();
    match members.len() > commas {
        true => list.into(),
        false => members.join(&b", "[..]).into(),
    }
}

/// Whether it is a list of names, and not too long to be sent back.
fn is_list(value: &[u8]) -> bool {
    let mut names = list_members(value).peekable();
    let is_short = value.len() <= LONGEST && is_field_value(value);
    is_short && names.peek().is_some() && names.all(is_token)
}
