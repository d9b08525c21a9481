//! The Via field (RFC 9110 section 7.6.3).

use std::hash::{BuildHasher, RandomState};

use wsgi_environ::Environ;
use wsgi_headers::Value;

/// The name that a proxy has in Via, by which it finds requests of its own.
///
/// It is random, so that two proxies in a row do not take each other for themselves. It names
/// neither a host nor a port.
#[derive(Clone, Debug)]
pub(crate) struct Pseudonym(String);

impl Pseudonym {
    pub(crate) fn random() -> Self {
        let number = RandomState::new().hash_one(0_u8);
        Self(format!("wsgi-proxy-{number:016x}"))
    }

    /// Whether a request has been here before. Every comma ends a member: a quote in what a client
    /// sends must not hide the name that this proxy has added after it.
    pub(crate) fn is_in(&self, environ: &Environ) -> bool {
        let via = environ.get("HTTP_VIA").map(Value::as_bytes);
        let mut members = via.unwrap_or_default().split(|&byte| byte == b',');
        members.any(|member| {
            let mut words = member
                .split(|byte| matches!(byte, b' ' | b'\t'))
                .filter(|word| !word.is_empty());
            words.nth(1) == Some(self.0.as_bytes())
        })
    }

    /// The value of the field for a request: the one that it has, and this proxy.
    pub(crate) fn added_to(&self, environ: &Environ) -> Vec<u8> {
        let mut via = match environ.get("HTTP_VIA").map(Value::as_bytes) {
            Some(before @ [_, ..]) => [before, b", "].concat(),
            _ => Vec::new(),
        };
        // The version that the client speaks; "HTTP" is left out.
        let protocol = environ.server_protocol().as_bytes();
        let version: &[u8] = match protocol.strip_prefix(b"HTTP/") {
            Some([major @ b'0'..=b'9', b'.', minor @ b'0'..=b'9']) => &[*major, b'.', *minor],
            Some([major @ b'0'..=b'9']) => &[*major],
            _ => b"1.1",
        };
        via.extend_from_slice(version);
        via.push(b' ');
        via.extend_from_slice(self.0.as_bytes());
        via
    }
}

#[cfg(test)]
mod tests {
    use wsgi_environ::Environ;

    use super::Pseudonym;

    fn environ(protocol: &str, via: &str) -> Environ {
        let mut environ = Environ::new();
        environ.set("SERVER_PROTOCOL", protocol);
        environ.set("HTTP_VIA", via);
        environ
    }

    #[test]
    fn a_proxy_finds_itself_and_nobody_else() {
        let me = Pseudonym("me".into());
        for (via, expected) in [
            ("", false),
            ("1.1 me", true),
            ("1.0 fred, HTTP/1.1  me (a comment)", true),
            ("1.1 fred (me, 1.1 us)", false),
            ("1.1 fred (5\" wide), 1.1 me", true),
            ("\", 1.1 me", true),
            ("\", 1.1 me, \"", true),
            ("1.1 meme", false),
            ("me 1.1", false),
            ("me", false),
        ] {
            assert_eq!(me.is_in(&environ("HTTP/1.1", via)), expected, "{via}");
        }
        assert_ne!(Pseudonym::random().0, Pseudonym::random().0);
    }

    #[test]
    fn a_proxy_names_itself_last_with_the_version_of_the_client() {
        let me = Pseudonym("me".into());
        for (protocol, via, expected) in [
            ("HTTP/1.1", "", "1.1 me"),
            ("HTTP/1.0", "", "1.0 me"),
            ("HTTP/2", "1.1 fred", "1.1 fred, 2 me"),
            ("INCLUDED", "", "1.1 me"),
            ("HTTP/1.1\r\nX: y", "", "1.1 me"),
        ] {
            let added = me.added_to(&environ(protocol, via));
            assert_eq!(str::from_utf8(&added), Ok(expected));
        }
    }
}
