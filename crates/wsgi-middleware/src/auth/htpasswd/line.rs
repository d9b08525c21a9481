//! A line with a user and a hash.

use super::htpasswd_error::HtpasswdLine;

/// The lengths of the parts of a hash: `$2y$05$`, 22 characters of salt and 31 of the result.
const LENGTH: usize = 7 + 22 + 31;

/// The costs that `htpasswd` accepts. Bcrypt goes on to 31, which takes days.
const COSTS: std::ops::RangeInclusive<u32> = 4..=17;

/// A line with a user.
pub(super) struct Line {
    /// From 1.
    pub(super) number: usize,
    pub(super) hash: Result<Hash, HtpasswdLine>,
}

/// A well-formed hash of bcrypt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hash(String);

impl Hash {
    pub(super) fn parse(text: &str) -> Result<Self, HtpasswdLine> {
        let versions = ["$2y$", "$2b$", "$2a$"];
        let rest = versions
            .iter()
            .find_map(|version| text.strip_prefix(version));
        let rest = rest.ok_or(HtpasswdLine::NotBcrypt)?;
        let is_digit = |byte: u8| byte.is_ascii_alphanumeric() || b"./".contains(&byte);
        let (cost, digits) = rest.split_once('$').ok_or(HtpasswdLine::Malformed)?;
        let is_number = cost.len() == 2 && cost.bytes().all(|byte| byte.is_ascii_digit());
        if text.len() != LENGTH || !is_number || !digits.bytes().all(is_digit) {
            return Err(HtpasswdLine::Malformed);
        }
        if !cost.parse().is_ok_and(|cost| COSTS.contains(&cost)) {
            return Err(HtpasswdLine::Cost);
        }
        // Some of the last characters stand for more bits than there are.
        match text.parse::<bcrypt::HashParts>() {
            Ok(_) => Ok(Self(text.to_owned())),
            Err(_) => Err(HtpasswdLine::Malformed),
        }
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is the hash of a password.
    pub(super) fn verify(&self, password: &str) -> bool {
        bcrypt::verify(password, &self.0).unwrap_or(false)
    }
}

/// Divides a line into the user and the hash. `None` if it has neither.
pub(super) fn parse(line: &[u8]) -> Option<Result<(&str, &str), HtpasswdLine>> {
    let line = line.trim_ascii_end();
    if line.is_empty() || line.starts_with(b"#") {
        return None;
    }
    let parsed = match str::from_utf8(line) {
        Ok(line) => match line.split_once(':') {
            // What follows another colon is a comment.
            Some((user, rest)) if !user.is_empty() => {
                Ok((user, rest.split(':').next().unwrap_or_default()))
            }
            _ => Err(HtpasswdLine::NoUser),
        },
        Err(_) => Err(HtpasswdLine::NotUtf8),
    };
    Some(parsed)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The vectors of the bcrypt in Openwall's crypt_blowfish: "U*U".
    const HASH: &str = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";

    #[test]
    fn a_line_is_a_user_and_a_hash() {
        for (line, expected) in [
            ("ada:x", Some(Ok(("ada", "x")))),
            ("ada:x\r", Some(Ok(("ada", "x")))),
            ("ada:x:a comment", Some(Ok(("ada", "x")))),
            ("zo\u{eb}:", Some(Ok(("zo\u{eb}", "")))),
            ("", None),
            ("  \t", None),
            ("# ada:x", None),
            ("ada", Some(Err(HtpasswdLine::NoUser))),
            (":x", Some(Err(HtpasswdLine::NoUser))),
        ] {
            assert_eq!(parse(line.as_bytes()), expected, "{line:?}");
        }
        assert_eq!(parse(b"a\xff:x"), Some(Err(HtpasswdLine::NotUtf8)));
    }

    #[test]
    fn a_hash_of_bcrypt_is_verified() {
        let hash = Hash::parse(HASH).expect("a hash");
        assert!(hash.verify("U*U"));
        assert!(!hash.verify("U*U*"));
    }

    #[test]
    fn other_hashes_are_refused() {
        for (text, problem) in [
            ("", HtpasswdLine::NotBcrypt),
            ("secret", HtpasswdLine::NotBcrypt),
            (
                "$apr1$r31.....$HqJZimcKQFAMYayBlzkrA/",
                HtpasswdLine::NotBcrypt,
            ),
            ("{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=", HtpasswdLine::NotBcrypt),
            ("$6$salt$hash", HtpasswdLine::NotBcrypt),
            ("rqXexS6ZhobKA", HtpasswdLine::NotBcrypt),
            (
                "$2$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
                HtpasswdLine::NotBcrypt,
            ),
            ("$2y$", HtpasswdLine::Malformed),
            (&HASH[..HASH.len() - 1], HtpasswdLine::Malformed),
            (&format!("{HASH}e"), HtpasswdLine::Malformed),
            (&HASH.replace('E', "!"), HtpasswdLine::Malformed),
            (&HASH.replace('E', "\u{eb}"), HtpasswdLine::Malformed),
            (&HASH.replace("$05$", "$+5$"), HtpasswdLine::Malformed),
            (&HASH.replace("$05$", "$03$"), HtpasswdLine::Cost),
            (&HASH.replace("$05$", "$18$"), HtpasswdLine::Cost),
            (&HASH.replace("$05$", "$31$"), HtpasswdLine::Cost),
        ] {
            assert_eq!(Hash::parse(text), Err(problem), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_line_is_parsed(line in prop::collection::vec(any::<u8>(), 0..80)) {
            if let Some(Ok((user, hash))) = parse(&line) {
                prop_assert!(!user.is_empty() && !user.contains(':') && !hash.contains(':'));
                let _ = Hash::parse(hash);
            }
        }

        /// Whatever passes as a hash can be verified at once: it neither fails nor takes long.
        #[test]
        fn any_hash_that_is_accepted_can_be_verified(
            version in "[aby]", digits in "[./A-Za-z0-9]{53}"
        ) {
            let text = format!("$2{version}$04${digits}");
            if let Ok(hash) = Hash::parse(&text) {
                prop_assert!(bcrypt::verify("a", hash.as_str()).is_ok(), "{}", text);
            }
        }
    }
}
