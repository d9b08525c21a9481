//! The status of a response.

mod registered;

use std::{
    borrow::Cow,
    fmt,
    hash::{Hash, Hasher},
    str::FromStr,
};

use wsgi_headers::is_field_value;

use self::registered::REGISTERED;
use crate::{
    invalid_status::InvalidStatus,
    reason::{Reason, to_latin1},
};

/// A final status: a code of three digits and a reason.
///
/// Codes go from 200 to 999; RFC 9110 section 15 defines those below 600. Informational codes (1xx)
/// are refused, since PEP 3333 allows one response to a request. Any reason that RFC 9112 section 4
/// allows is valid, such as `204 Deleted`: no control characters except tabs, and any byte from
/// 0x80 up. A reason is sent in latin-1, as PEP 3333 requires, and clients read it so.
///
/// ```
/// use wsgi_application::{InvalidStatus, Status};
///
/// assert_eq!(Status::NOT_FOUND.to_string(), "404 Not Found");
/// assert_eq!(Status::new(204, "Deleted")?.code(), 204);
/// assert_eq!("404 Not Found".parse(), Ok(Status::NOT_FOUND));
/// assert_eq!(Status::from_code(404), Ok(Status::NOT_FOUND));
/// assert!(Status::new(100, "Continue").is_err());
///
/// assert_eq!(Status::new(203, "Grün")?, Status::from_bytes(b"203 Gr\xfcn")?);
/// assert_eq!(Status::new(203, "5 €"), Err(InvalidStatus::NotLatin1));
/// # Ok::<(), wsgi_application::InvalidStatus>(())
/// ```
#[derive(Clone)]
pub struct Status(Parts);

/// The code and the reason. The code is in each variant, beside its tag, so that it takes no room.
#[derive(Clone)]
enum Parts {
    Literal(u16, &'static [u8]),
    Owned(u16, Box<[u8]>),
}

impl Status {
    /// A status from its code and reason. An ASCII literal is not copied.
    ///
    /// # Errors
    ///
    /// The code is not between 200 and 999, or the reason has a control character other than a tab,
    /// or a character beyond U+00FF, which latin-1 does not have.
    pub fn new(code: u16, reason: impl Into<Cow<'static, str>>) -> Result<Self, InvalidStatus> {
        let reason = to_latin1(reason.into()).ok_or(InvalidStatus::NotLatin1);
        Self::from_latin1(code, reason?)
    }

    /// A status from its code and the bytes of its reason. A literal is not copied.
    ///
    /// ```
    /// use wsgi_application::Status;
    ///
    /// assert_eq!(Status::from_latin1(203, b"Gr\xfcn")?.reason(), "Grün");
    /// # Ok::<(), wsgi_application::InvalidStatus>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The code is not between 200 and 999, or the reason has a control character of ASCII other
    /// than a tab.
    pub fn from_latin1(
        code: u16,
        reason: impl Into<Cow<'static, [u8]>>,
    ) -> Result<Self, InvalidStatus> {
        let reason = reason.into();
        if !(200..=999).contains(&code) {
            return Err(InvalidStatus::Code);
        }
        if !is_field_value(&reason) {
            return Err(InvalidStatus::Reason);
        }
        Ok(Self(match reason {
            Cow::Borrowed(reason) => Parts::Literal(code, reason),
            Cow::Owned(reason) => Parts::Owned(code, reason.into_boxed_slice()),
        }))
    }

    /// Parses `404 Not Found`: three digits, a space and the reason in latin-1 (PEP 3333).
    ///
    /// ```
    /// use wsgi_application::Status;
    ///
    /// assert_eq!(Status::from_bytes(b"404 Not Found"), Ok(Status::NOT_FOUND));
    /// assert_eq!(Status::from_bytes(b"203 Gr\xfcn")?.reason(), "Grün");
    /// # Ok::<(), wsgi_application::InvalidStatus>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`from_latin1`](Self::from_latin1). A code without a space after it is an error too.
    pub fn from_bytes(status: &[u8]) -> Result<Self, InvalidStatus> {
        let Some((digits, rest)) = status.split_first_chunk::<3>() else {
            return Err(InvalidStatus::Code);
        };
        let [b' ', reason @ ..] = rest else {
            return Err(InvalidStatus::after_code(digits, rest));
        };
        let code = digits.iter().try_fold(0, |code, digit| {
            let value = digit.is_ascii_digit().then(|| u16::from(digit - b'0'))?;
            Some(code * 10 + value)
        });
        Self::from_latin1(code.ok_or(InvalidStatus::Code)?, reason.to_vec())
    }

    /// A status from its code, with the registered reason. The reason is empty if none is
    /// registered.
    ///
    /// # Errors
    ///
    /// The code is not between 200 and 999.
    pub fn from_code(code: u16) -> Result<Self, InvalidStatus> {
        match REGISTERED.iter().find(|status| status.code() == code) {
            Some(status) => Ok(status.clone()),
            None => Self::new(code, ""),
        }
    }

    /// The code, between 200 and 999.
    #[must_use]
    #[inline]
    pub const fn code(&self) -> u16 {
        match self.0 {
            Parts::Literal(code, _) | Parts::Owned(code, _) => code,
        }
    }

    /// The reason, which may be empty.
    #[must_use]
    #[inline]
    pub fn reason(&self) -> Reason<'_> {
        Reason::new(match &self.0 {
            Parts::Literal(_, reason) => reason,
            Parts::Owned(_, reason) => reason,
        })
    }

    /// Whether a response with this status never has a body: 204, 205 and 304
    /// (RFC 9110 sections 15.3.5, 15.3.6 and 15.4.5).
    ///
    /// ```
    /// use wsgi_application::Status;
    ///
    /// assert!(Status::NO_CONTENT.forbids_body());
    /// assert!(!Status::NOT_FOUND.forbids_body());
    /// ```
    #[must_use]
    pub const fn forbids_body(&self) -> bool {
        matches!(self.code(), 204 | 205 | 304)
    }
}

impl PartialEq for Status {
    fn eq(&self, other: &Self) -> bool {
        self.code() == other.code() && self.reason() == other.reason()
    }
}

impl Eq for Status {}

impl Hash for Status {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.code().hash(state);
        self.reason().as_bytes().hash(state);
    }
}

/// `200 OK`.
impl Default for Status {
    fn default() -> Self {
        Self::OK
    }
}

/// Writes `404 Not Found`, and without a reason only the code, such as `499`. Both can be parsed. A
/// status line has the space even then (RFC 9112 section 4), and so has the head of a CGI program.
impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.code())?;
        match self.reason() {
            reason if reason.is_empty() => Ok(()),
            reason => write!(f, " {reason}"),
        }
    }
}

impl fmt::Debug for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Status({self})")
    }
}

/// Parses what `Display` writes: a code alone, or a code and a reason as [`Status::from_bytes`]
/// does, with the reason as for [`Status::new`].
impl FromStr for Status {
    type Err = InvalidStatus;

    fn from_str(text: &str) -> Result<Self, InvalidStatus> {
        let bytes = to_latin1(text.to_owned().into()).ok_or(InvalidStatus::NotLatin1)?;
        match bytes.len() {
            3 => Self::from_bytes(&[&*bytes, b" "].concat()),
            _ => Self::from_bytes(&bytes),
        }
    }
}

/// Converts as [`Status::from_code`] does.
impl TryFrom<u16> for Status {
    type Error = InvalidStatus;

    fn try_from(code: u16) -> Result<Self, InvalidStatus> {
        Self::from_code(code)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn a_code_is_three_digits_and_final() {
        for code in [0, 99, 100, 101, 199, 1000, u16::MAX] {
            assert_eq!(Status::new(code, "x"), Err(InvalidStatus::Code), "{code}");
            assert_eq!(Status::from_code(code), Err(InvalidStatus::Code), "{code}");
        }
        for code in [200, 299, 599, 600, 999] {
            assert_eq!(Status::new(code, "x").map(|status| status.code()), Ok(code));
        }
    }

    #[test]
    fn a_reason_cannot_split_the_response() {
        for reason in ["a\r\nb", "a\nb", "a\rb", "a\0b", "\x7f"] {
            assert_eq!(
                Status::new(200, reason),
                Err(InvalidStatus::Reason),
                "{reason:?}"
            );
        }
        for reason in ["", "Deleted", "a\tb", "grün"] {
            assert!(Status::new(200, reason).is_ok(), "{reason:?}");
        }
    }

    #[test]
    fn a_status_is_parsed_as_pep_3333_writes_it() {
        assert_eq!(
            "204 Deleted"
                .parse::<Status>()
                .map(|status| status.reason().to_string()),
            Ok("Deleted".into())
        );
        for text in [
            "",
            "20",
            "20 OK",
            "2000 OK",
            "0200 OK",
            "+20 OK",
            "abc OK",
            "100 Continue",
            " 200 OK",
            "20é OK",
        ] {
            assert_eq!(text.parse::<Status>(), Err(InvalidStatus::Code), "{text:?}");
            let parsed = Status::from_bytes(text.as_bytes());
            assert_eq!(parsed, Err(InvalidStatus::Code), "{text:?}");
        }
        for text in ["200", "200OK", "200\tOK"] {
            let parsed = Status::from_bytes(text.as_bytes());
            assert_eq!(parsed, Err(InvalidStatus::Space), "{text:?}");
        }
        assert_eq!(Status::from_bytes(b"200 ").unwrap().reason(), "");
    }

    #[test]
    fn every_status_is_parsed_as_it_is_shown() {
        let reasons = ["", " ", "OK", " two  spaces ", "a\tb", "Gr\u{fc}n"];
        for status in reasons.map(|reason| Status::new(499, reason).unwrap()) {
            assert_eq!(status.to_string().parse().as_ref(), Ok(&status));
        }
        for text in ["200OK", "200\tOK"] {
            assert_eq!(
                text.parse::<Status>(),
                Err(InvalidStatus::Space),
                "{text:?}"
            );
        }
    }

    #[test]
    fn a_reason_is_latin1() {
        let green = Status::from_latin1(203, b"Gr\xfcn").unwrap();
        assert_eq!(green.reason().as_bytes(), b"Gr\xfcn");
        assert_eq!(green.to_string(), "203 Grün");
        assert_eq!(Status::new(203, "Grün").as_ref(), Ok(&green));
        assert_eq!("203 Grün".parse().as_ref(), Ok(&green));
        assert_eq!(Status::from_bytes(b"203 Gr\xfcn").as_ref(), Ok(&green));
        for text in ["5 €", "Ā", "\u{100}"] {
            assert_eq!(Status::new(203, text), Err(InvalidStatus::NotLatin1));
            let parsed = format!("203 {text}").parse::<Status>();
            assert_eq!(parsed, Err(InvalidStatus::NotLatin1));
        }
    }

    #[test]
    fn a_reason_of_any_bytes_but_control_characters_is_kept() {
        for byte in 0..=255 {
            let is_control = byte != b'\t' && byte < b' ' || byte == 0x7f;
            for reason in [vec![byte], [&[byte], &b"and eight more"[..]].concat()] {
                let status = Status::from_latin1(200, reason.clone());
                let parsed = Status::from_bytes(&[b"200 ", &*reason].concat());
                assert_eq!(status, parsed);
                match status {
                    Ok(status) => assert_eq!(status.reason(), &*reason),
                    Err(error) => assert_eq!(error, InvalidStatus::Reason),
                }
                assert_eq!(parsed.is_err(), is_control, "{byte:#x}");
            }
        }
    }

    #[test]
    fn a_status_is_no_larger_than_a_text() {
        assert!(size_of::<Status>() <= size_of::<String>());
    }

    #[test]
    fn an_owned_reason_makes_the_same_status() {
        let owned = Status::from_bytes(b"404 Not Found").unwrap();
        assert_eq!(HashSet::from([owned, Status::NOT_FOUND]).len(), 1);
    }

    #[test]
    fn three_statuses_forbid_a_body() {
        let forbid = REGISTERED.iter().filter(|status| status.forbids_body());
        assert!(forbid.map(Status::code).eq([204, 205, 304]));
    }

    #[test]
    fn a_status_shows_its_code_and_reason() {
        assert_eq!(format!("{:?}", Status::NOT_FOUND), "Status(404 Not Found)");
    }

    #[test]
    fn an_invalid_status_says_which_part_is_wrong() {
        let message = |text: &str| text.parse::<Status>().unwrap_err().to_string();
        assert_eq!(
            message("100 Continue"),
            "the status code is not three digits from 200 to 999"
        );
        assert_eq!(
            message("200OK"),
            "there is no space after the status code, as in `200 OK`"
        );
        assert_eq!(
            message("200 a\nb"),
            "the status reason has a control character"
        );
        assert_eq!(
            message("200 5 €"),
            "the status reason has a character beyond latin-1"
        );
    }

    #[test]
    fn a_code_converts_into_its_status() {
        assert_eq!(Status::try_from(404), Ok(Status::NOT_FOUND));
        assert_eq!(Status::try_from(99), Err(InvalidStatus::Code));
    }

    #[test]
    fn every_registered_code_finds_its_own_reason() {
        for status in REGISTERED {
            assert_eq!(Status::from_code(status.code()).as_ref(), Ok(status));
        }
        assert_eq!(
            Status::from_code(299).map(|status| status.to_string()),
            Ok("299".into())
        );
    }
}
