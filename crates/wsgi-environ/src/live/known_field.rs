//! The fields that nearly every program asks for.

/// The longest name of a known field.
const MAX: usize = 16;

/// The name of a field of letters and hyphens, which is compared by words.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KnownField {
    /// The name in lower case.
    name: &'static str,
    /// Its variable.
    pub(crate) variable: &'static str,
}

impl KnownField {
    pub(crate) const HOST: Self = Self::new("host", "HTTP_HOST");
    pub(crate) const REFERER: Self = Self::new("referer", "HTTP_REFERER");
    pub(crate) const USER_AGENT: Self = Self::new("user-agent", "HTTP_USER_AGENT");

    const fn new(name: &'static str, variable: &'static str) -> Self {
        assert!(4 <= name.len() && name.len() <= MAX);
        Self { name, variable }
    }

    #[inline(always)] // so that this is a number
    pub(crate) fn len(self) -> usize {
        self.name.len()
    }

    /// Whether this is the name, in any case, of the same length. It is a token, as names of fields
    /// are: apart from letters, no two bytes of tokens differ in the bit 0x20 alone where one of
    /// them is a hyphen.
    #[inline(always)] // so that the words of the known name are numbers
    pub(crate) fn is(self, name: &[u8]) -> bool {
        let known = self.name.as_bytes();
        match known.len() {
            8.. => have_same_ends(known, name, |word| {
                u64::from_ne_bytes(*word) | u64::from_ne_bytes([0x20; 8])
            }),
            _ => have_same_ends(known, name, |word| {
                u32::from_ne_bytes(*word) | u32::from_ne_bytes([0x20; 4])
            }),
        }
    }
}

/// Whether two names have the same first word and the same last word in `lower` case. A name of up
/// to two words has no other bytes.
#[inline(always)] // as above
fn have_same_ends<const N: usize, W: PartialEq>(
    known: &[u8],
    name: &[u8],
    lower: impl Fn(&[u8; N]) -> W,
) -> bool {
    let (Some(start), Some(end)) = (name.first_chunk(), name.last_chunk()) else {
        return false;
    };
    let (Some(known_start), Some(known_end)) = (known.first_chunk(), known.last_chunk()) else {
        return false;
    };
    lower(start) == lower(known_start) && lower(end) == lower(known_end)
}

#[cfg(test)]
mod tests {
    use super::KnownField;

    #[test]
    fn a_known_name_is_told_from_every_other_token_of_its_length() {
        let is_tchar =
            |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
        for field in [
            KnownField::HOST,
            KnownField::REFERER,
            KnownField::USER_AGENT,
        ] {
            let ending = field.variable.strip_prefix("HTTP_").unwrap();
            assert_eq!(field.name.to_ascii_uppercase().replace('-', "_"), ending);
            assert!(field.is(field.name.as_bytes()));
            assert!(field.is(field.name.to_ascii_uppercase().as_bytes()));
            for place in 0..field.len() {
                let mut name = field.name.as_bytes().to_vec();
                for byte in (0..=u8::MAX).filter(is_tchar) {
                    name[place] = byte;
                    let expected = name.eq_ignore_ascii_case(field.name.as_bytes());
                    assert_eq!(field.is(&name), expected, "{}", name.escape_ascii());
                }
            }
        }
    }
}
