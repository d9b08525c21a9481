//! The weights of preferences (RFC 9110, section 12.4.2).

use crate::{
    list::{list_members, split},
    octets::{trim, trim_start},
};

/// The weight of a member without one, in thousandths.
const FULL: u16 = 1000;

/// A member of a list of preferences.
pub(crate) struct Preference<'a> {
    pub(crate) name: &'a [u8],
    /// The rest after the name: parameters, and perhaps the weight.
    rest: &'a [u8],
    /// In thousandths.
    pub(crate) weight: u16,
}

impl<'a> Preference<'a> {
    /// The parameters before the weight.
    pub(crate) fn parameters(&self) -> impl Iterator<Item = &'a [u8]> {
        parameters(self.rest).take_while(|part| weight(part).is_none())
    }
}

/// The well-formed members of a list of preferences.
pub(crate) fn preferences(list: &[u8]) -> impl Iterator<Item = Preference<'_>> {
    list_members(list).filter_map(|member| {
        let (name, rest) = split_name(member);
        // Most members have no weight.
        let weight = match rest.is_empty() {
            true => FULL,
            false => parameters(rest)
                .find_map(weight)
                .map_or(Some(FULL), thousandths)?,
        };
        Some(Preference { name, rest, weight })
    })
}

/// The one with the greatest wish among those that are offered; of equal ones, the first. `wish` is
/// `None` for one that is not acceptable.
pub(crate) fn best<'o, W: Ord>(
    offered: impl IntoIterator<Item = &'o str>,
    wish: impl Fn(&'o str) -> Option<W>,
) -> Option<&'o str> {
    let mut best = (None, None);
    for one in offered {
        let wish = wish(one);
        if wish > best.1 {
            best = (Some(one), wish);
        }
    }
    best.0
}

/// The name before the first parameter, and the rest after it.
pub(crate) fn split_name(member: &[u8]) -> (&[u8], &[u8]) {
    let end = member.iter().position(|&byte| byte == b';');
    let (name, rest) = member.split_at(end.unwrap_or(member.len()));
    (trim(name), rest)
}

/// The parameters of `; a=b; c=d`, without empty ones.
pub(crate) fn parameters(rest: &[u8]) -> impl Iterator<Item = &[u8]> {
    split(rest, b';')
}

/// The text of a weight, if a parameter is one. HTTP once allowed spaces around the equals sign
/// (RFC 2616, section 2.1). They are accepted, so that no weight of zero is overlooked.
fn weight(part: &[u8]) -> Option<&[u8]> {
    let [b'q' | b'Q', rest @ ..] = part else {
        return None;
    };
    trim_start(rest).strip_prefix(b"=").map(trim_start)
}

/// Parses a weight. Digits after the third are ignored. The zero before the point may be missing,
/// as in the `.2` that older versions of Java send.
fn thousandths(weight: &[u8]) -> Option<u16> {
    let (whole, decimals) = match weight {
        [whole] => (whole, &[][..]),
        [b'.', decimals @ ..] => (&b'0', decimals),
        [whole, b'.', decimals @ ..] => (whole, decimals),
        _ => return None,
    };
    if !decimals.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let digits = decimals.iter().chain(b"000").take(3);
    let fraction = digits.fold(0, |sum, digit| sum * 10 + u16::from(digit - b'0'));
    match (whole, fraction) {
        (b'0', _) => Some(fraction),
        (b'1', 0) => Some(FULL),
        _ => None,
    }
}
