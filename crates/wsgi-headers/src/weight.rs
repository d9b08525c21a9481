//! The weights of preferences (RFC 9110, section 12.4.2).

use crate::octets::trim;

/// The weight of a member without one, in thousandths.
const FULL: u16 = 1000;

/// The well-formed members of a list of preferences: names, and their weights in thousandths. Other
/// parameters are left out.
pub(crate) fn weighted(list: &[u8]) -> impl Iterator<Item = (&[u8], u16)> {
    let members = list.split(|&byte| byte == b',');
    members.filter_map(|member| {
        let mut parts = member.split(|&byte| byte == b';').map(trim);
        let name = parts.next()?;
        let weight = parts.find_map(|part| part.strip_prefix(b"q=").or(part.strip_prefix(b"Q=")));
        Some((name, weight.map_or(Some(FULL), thousandths)?))
    })
}

/// Parses a weight. Digits after the third are ignored.
fn thousandths(weight: &[u8]) -> Option<u16> {
    let (whole, decimals) = match weight {
        [whole] => (whole, &[][..]),
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
