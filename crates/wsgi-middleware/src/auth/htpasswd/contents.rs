//! The users of a file.

use std::collections::{HashMap, hash_map::Entry};

use super::{
    htpasswd_error::HtpasswdLine,
    line::{self, Hash, Line},
};

pub(super) struct Contents {
    users: HashMap<String, Line>,
    /// The users whose hashes are well-formed, in order.
    valid: Vec<String>,
    /// The first malformed line.
    pub(super) problem: Option<(usize, HtpasswdLine)>,
}

impl Contents {
    /// Parses a file. The first line of a user counts.
    pub(super) fn parse(text: &[u8]) -> Self {
        let mut contents = Self {
            users: HashMap::new(),
            valid: Vec::new(),
            problem: None,
        };
        for (index, text) in text.split(|&byte| byte == b'\n').enumerate() {
            let number = index + 1;
            if let Some(parsed) = line::parse(text)
                && let Err(problem) =
                    parsed.and_then(|(user, hash)| contents.add(number, user, hash))
            {
                contents.problem.get_or_insert((number, problem));
            }
        }
        contents
    }

    fn add(&mut self, number: usize, user: &str, hash: &str) -> Result<(), HtpasswdLine> {
        let Entry::Vacant(place) = self.users.entry(user.to_owned()) else {
            return Err(HtpasswdLine::Repeated);
        };
        let hash = Hash::parse(hash);
        let problem = hash.as_ref().err().copied();
        place.insert(Line { number, hash });
        match problem {
            Some(problem) => Err(problem),
            None => {
                self.valid.push(user.to_owned());
                Ok(())
            }
        }
    }

    pub(super) fn find(&self, user: &str) -> Option<&Line> {
        self.users.get(user)
    }

    /// A hash to be checked for a user who does not exist, chosen by a tag of the name. So its cost
    /// is that of a random user, and the same each time.
    pub(super) fn stand_in(&self, tag: u128) -> Option<&Hash> {
        let index = tag.checked_rem(self.valid.len() as u128)?;
        let user = &self.valid[index as usize];
        self.find(user)?.hash.as_ref().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";

    #[test]
    fn a_malformed_line_concerns_its_own_user_alone() {
        let text = format!("# users\nada:{HASH}\n\nbob:secret\ncy:{HASH}\nada:other\nx");
        let contents = Contents::parse(text.as_bytes());
        assert_eq!(contents.problem, Some((4, HtpasswdLine::NotBcrypt)));
        let hash = |user| contents.find(user).expect(user).hash.clone();
        assert_eq!(hash("ada"), Hash::parse(HASH));
        assert_eq!(hash("bob"), Err(HtpasswdLine::NotBcrypt));
        assert_eq!(hash("cy"), Hash::parse(HASH));
        assert!(contents.find("x").is_none());
        for tag in [0, 1, 2, u128::MAX] {
            assert!(contents.stand_in(tag).is_some());
        }
    }

    #[test]
    fn each_problem_has_the_number_of_its_line() {
        for (text, expected) in [
            ("", None),
            ("\n\n# nobody\n", None),
            ("\nx\n", Some((2, HtpasswdLine::NoUser))),
            (
                &format!("a:{HASH}\r\na:{HASH}"),
                Some((2, HtpasswdLine::Repeated)),
            ),
        ] {
            let contents = Contents::parse(text.as_bytes());
            assert_eq!(contents.problem, expected, "{text:?}");
        }
        assert!(Contents::parse(b"").stand_in(7).is_none());
    }
}
