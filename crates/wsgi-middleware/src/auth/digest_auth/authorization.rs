//! The response of a client to a challenge: `Authorization: Digest …` (RFC 7616 section 3.4).

use std::borrow::Cow;

use wsgi_environ::Environ;
use wsgi_headers::decode_extended_value;

use super::{algorithm::DigestAlgorithm, hex};

/// The longest `Authorization` value that is read, in bytes.
const LONGEST: usize = 8192;

/// The response of a client, for the protection `auth`. Nothing in it has been checked.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Authorization<'a> {
    /// The user, or if it is hashed 64 hexadecimal digits in lower case.
    pub(super) user: Cow<'a, str>,
    pub(super) is_hashed: bool,
    pub(super) algorithm: DigestAlgorithm,
    pub(super) realm: Cow<'a, str>,
    pub(super) nonce: Cow<'a, str>,
    pub(super) uri: Cow<'a, str>,
    pub(super) cnonce: Cow<'a, str>,
    pub(super) response: Cow<'a, str>,
    /// The count of requests with the nonce, as it was sent: eight digits.
    pub(super) nc: Cow<'a, str>,
}

impl<'a> Authorization<'a> {
    /// Reads the value of an `Authorization` field. `None` if it is another scheme, malformed or
    /// too long, lacks a part or has one twice, or is for another algorithm or protection.
    pub(super) fn parse(value: &'a [u8]) -> Option<Self> {
        if value.len() > LONGEST {
            return None;
        }
        let text = str::from_utf8(value).ok()?;
        let (scheme, rest) = text.split_at_checked("Digest ".len())?;
        if !scheme.eq_ignore_ascii_case("Digest ") {
            return None;
        }
        let mut parts = Parts::default();
        let mut rest = skip_empty(rest).trim_end_matches(BLANK);
        while !rest.is_empty() {
            let (name, value, after) = parameter(rest)?;
            parts.add(name, value)?;
            rest = after;
        }
        parts.finish()
    }

    /// Whether the target that the client has hashed is that of a request.
    pub(super) fn is_for(&self, environ: &Environ) -> bool {
        let received = environ.get("REQUEST_URI");
        received.is_some_and(|target| target == *self.uri)
            || environ.origin_form().as_deref() == Some(&*self.uri)
    }
}

/// The parameters that count.
#[derive(Default)]
struct Parts<'a> {
    values: [Option<Cow<'a, str>>; NAMES.len()],
}

const NAMES: [&str; 11] = [
    "username",
    "username*",
    "realm",
    "nonce",
    "uri",
    "cnonce",
    "response",
    "nc",
    "qop",
    "algorithm",
    "userhash",
];

impl<'a> Parts<'a> {
    /// Adds a parameter. `None` if it is there already. Unknown ones are ignored (section 3.4).
    fn add(&mut self, name: &str, value: Cow<'a, str>) -> Option<()> {
        let index = NAMES
            .iter()
            .position(|known| known.eq_ignore_ascii_case(name));
        if let Some(index) = index {
            let place = &mut self.values[index];
            if place.is_some() {
                return None;
            }
            *place = Some(value);
        }
        Some(())
    }

    fn finish(self) -> Option<Authorization<'a>> {
        let [
            user,
            extended,
            realm,
            nonce,
            uri,
            cnonce,
            response,
            nc,
            qop,
            algorithm,
            userhash,
        ] = self.values;
        let is_hashed = match userhash.as_deref() {
            Some(value) if value.eq_ignore_ascii_case("true") => true,
            Some(value) if !value.eq_ignore_ascii_case("false") => return None,
            _ => false,
        };
        let user = match (user, extended) {
            (Some(user), None) if is_hashed => hex::encode(&hex::decode(user.as_bytes())?).into(),
            (Some(user), None) => user,
            (None, Some(extended)) if !is_hashed => {
                decode_extended_value(extended.as_bytes())?.into()
            }
            _ => return None,
        };
        let nc = nc?;
        let is_count = nc.len() == 8 && nc.bytes().all(|byte| byte.is_ascii_hexdigit());
        let is_auth = qop?.eq_ignore_ascii_case("auth");
        let has_control = user.chars().any(char::is_control);
        (is_count && is_auth && !has_control).then_some(())?;
        Some(Authorization {
            user,
            is_hashed,
            algorithm: DigestAlgorithm::from_name(&algorithm?)?,
            realm: realm?,
            nonce: nonce?,
            uri: uri?,
            cnonce: cnonce?,
            response: response?,
            nc,
        })
    }
}

const BLANK: [char; 2] = [' ', '\t'];

/// The name and the value of the first parameter, and the text after the comma (RFC 9110 section
/// 11.2).
fn parameter(text: &str) -> Option<(&str, Cow<'_, str>, &str)> {
    let (name, rest) = text.split_once('=')?;
    let name = name.trim_end_matches(BLANK);
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"*-_.".contains(&byte);
    if name.is_empty() || !name.bytes().all(is_name) {
        return None;
    }
    let rest = rest.trim_start_matches(BLANK);
    let (value, rest) = match rest.strip_prefix('"') {
        Some(rest) => quoted(rest)?,
        None => {
            let end = rest.find([',', ' ', '\t']).unwrap_or(rest.len());
            let (value, rest) = rest.split_at(end);
            (!value.is_empty() && !value.contains('"')).then_some((value.into(), rest))?
        }
    };
    let rest = rest.trim_start_matches(BLANK);
    if rest.is_empty() {
        return Some((name, value, rest));
    }
    Some((name, value, skip_empty(rest.strip_prefix(',')?)))
}

/// The text after the empty elements of a list, which are ignored (RFC 9110 section 5.6.1.2).
fn skip_empty(text: &str) -> &str {
    text.trim_start_matches([' ', '\t', ','])
}

/// The value of a quoted string, whose first quote is gone, and the text after it.
fn quoted(text: &str) -> Option<(Cow<'_, str>, &str)> {
    let end = text.find(['"', '\\'])?;
    if text[end..].starts_with('"') {
        return Some((text[..end].into(), &text[end + 1..]));
    }
    let mut value = text[..end].to_owned();
    let mut characters = text[end..].char_indices();
    loop {
        match characters.next()? {
            (at, '"') => return Some((value.into(), &text[end + at + 1..])),
            (_, '\\') => value.push(characters.next()?.1),
            (_, character) => value.push(character),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Authorization, DigestAlgorithm, LONGEST};

    const WHOLE: &str = "Digest username=\"Mufasa\", realm=\"http-auth@example.org\", \
        uri=\"/dir/index.html\", algorithm=SHA-256, nonce=\"7ypf\", nc=00000001, cnonce=\"f2/w\", \
        qop=auth, response=\"753927fa\", opaque=\"FQhe\"";

    #[test]
    fn the_parts_are_read_in_any_form() {
        let parsed = Authorization::parse(WHOLE.as_bytes()).unwrap();
        assert_eq!((&*parsed.user, &*parsed.nc), ("Mufasa", "00000001"));
        assert_eq!((&*parsed.uri, &*parsed.cnonce), ("/dir/index.html", "f2/w"));
        let other = WHOLE
            .replace("Digest ", "dIGEST  , ,")
            .replace(", ", " ,,\t")
            .replace("realm", "REALM")
            .replace("qop=auth", "qop = \"auth\"")
            .replace("=SHA-256", "=\"sha-256\"")
            + ", ";
        assert_eq!(Authorization::parse(other.as_bytes()), Some(parsed));
    }

    #[test]
    fn a_user_may_be_quoted_or_extended() {
        for (text, user) in [
            (r#"username="a \"b\" \\c""#, r#"a "b" \c"#),
            (r#"username="J\as""#, "Jas"),
            (r#"username="""#, ""),
            ("username=\"J\u{e4}s\"", "J\u{e4}s"),
            (
                "username*=UTF-8''J%C3%A4s%C3%B8n%20Doe",
                "J\u{e4}s\u{f8}n Doe",
            ),
        ] {
            let text = WHOLE.replace("username=\"Mufasa\"", text);
            let parsed = Authorization::parse(text.as_bytes());
            assert_eq!(
                parsed.map(|parsed| parsed.user.into_owned()).as_deref(),
                Some(user)
            );
        }
    }

    #[test]
    fn a_user_may_be_hashed() {
        let hash = DigestAlgorithm::Sha256.user_hash("Mufasa", "http-auth@example.org");
        for (user, userhash, is_hashed) in [
            (&*hash, "true", true),
            (&hash.to_uppercase(), "\"TRUE\"", true),
            (&hash, "false", false),
        ] {
            let text = WHOLE.replace("Mufasa", user) + ", userhash=" + userhash;
            let parsed = Authorization::parse(text.as_bytes()).unwrap();
            assert_eq!((&*parsed.user, parsed.is_hashed), (&*hash, is_hashed));
        }
        let extended = format!("username*=UTF-8''{hash}");
        for (user, userhash) in [
            ("username=\"Mufasa\"", "true"),
            ("username=\"Mufasa\"", "maybe"),
            (&extended, "true"),
        ] {
            let text = WHOLE.replace("username=\"Mufasa\"", user) + ", userhash=" + userhash;
            assert_eq!(Authorization::parse(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn the_algorithm_is_read() {
        for (text, expected) in [
            ("sha-256", Some(DigestAlgorithm::Sha256)),
            ("\"SHA-512-256\"", Some(DigestAlgorithm::Sha512_256)),
            ("SHA-512-256-sess", None),
            ("SHA-512", None),
        ] {
            let text = WHOLE.replace("SHA-256", text);
            let parsed = Authorization::parse(text.as_bytes());
            assert_eq!(parsed.map(|parsed| parsed.algorithm), expected, "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for (from, to) in [
            ("Digest ", "Basic "),
            ("Digest ", ""),
            ("algorithm=SHA-256", "algorithm=MD5"),
            ("algorithm=SHA-256", "algorithm=SHA-256-sess"),
            ("algorithm=SHA-256, ", ""), // that would be MD5
            ("qop=auth", "qop=auth-int"),
            ("qop=auth, ", ""),
            ("nc=00000001", "nc=1"),
            ("nc=00000001", "nc=0000000g"),
            ("nc=00000001", "nc=+0000001"),
            ("nc=00000001", "nc=\u{e9}\u{e9}\u{e9}\u{e9}"),
            ("nc=00000001, ", ""),
            ("cnonce=\"f2/w\", ", ""),
            ("realm=", "realm2="),
            ("uri=", "=\"a\", uri="),
            ("nonce=\"7ypf\"", "nonce=\"7ypf"),
            ("nonce=\"7ypf\"", "nonce=7y\"pf\""),
            ("nonce=\"7ypf\"", "nonce="),
            ("nonce=\"7ypf\"", "nonce=\"7ypf\" x"),
            ("qop=auth", "qop=auth, QOP=auth"),
            ("qop=auth", "qop=auth, username*=UTF-8''a"),
            ("username=\"Mufasa\"", "username*=UTF-8''%FF"),
            ("username=\"Mufasa\"", "username*=KOI8-R''a"),
            ("username=\"Mufasa\"", "username*=UTF-8''a%0A"),
            ("username=\"Mufasa\", ", ""),
            ("opaque=\"FQhe\"", "opaque=\"FQhe\\"),
        ] {
            let text = WHOLE.replacen(from, to, 1);
            assert_ne!(text, WHOLE);
            assert_eq!(Authorization::parse(text.as_bytes()), None, "{text}");
        }
        let long = format!("{WHOLE}, a=\"{}\"", "x".repeat(LONGEST));
        assert_eq!(Authorization::parse(long.as_bytes()), None);
        let latin1 = [WHOLE.as_bytes(), b", a=\"\xe9\""].concat();
        assert_eq!(Authorization::parse(&latin1), None);
    }

    proptest! {
        #[test]
        fn no_text_is_too_strange(text in "[Dd]igest ([a-z*]{0,8}=?\"?[\\\\\", =a-z\u{e9}]{0,8}\"?,? ?){0,9}") {
            let _ = Authorization::parse(text.as_bytes());
        }
    }
}
