//! The secrets in URLs and queries.

use std::{borrow::Cow, io::Write, ops::Range};

use crate::secret::is_secret_parameter;

/// The number of times that a value is decoded to find a URL in a URL. One that is encoded more
/// often is a secret.
const DEEPEST: usize = 4;

/// A URL without the passwords of users and the values of secret parameters, also in a fragment,
/// where OAuth puts some. `None` if it has none.
pub(crate) fn without_url_secrets(url: &[u8]) -> Option<Vec<u8>> {
    let mark = url.iter().position(|byte| b"?#".contains(byte));
    let (path, query) = url.split_at(mark.map_or(url.len(), |mark| mark + 1));
    match without_passwords(path) {
        Some(start) => {
            let shown = without_parameters(&start, query);
            shown.or_else(|| Some([&start, query].concat()))
        }
        None => without_parameters(path, query),
    }
}

/// A query after its start, without the values of secret parameters and those that are or have a
/// URL with a secret. `None` if it has none.
pub(crate) fn without_parameters(start: &[u8], query: &[u8]) -> Option<Vec<u8>> {
    let (mut shown, mut has_secrets) = (start.to_vec(), false);
    for parameter in query.split_inclusive(|&byte| byte == b'&') {
        let value = parameter.iter().position(|&byte| byte == b'=');
        let value = value.map_or(0, |equals| equals + 1);
        let end = parameter.len() - usize::from(parameter.ends_with(b"&"));
        if has_inner_secret(&parameter[value..end]) {
            has_secrets = true;
            shown.extend_from_slice(&parameter[..value]);
            push_length(&mut shown, &parameter[value..end]);
            shown.extend_from_slice(&parameter[end..]);
        } else {
            has_secrets |= push_pairs(&mut shown, parameter);
        }
    }
    has_secrets.then_some(shown)
}

/// Adds pairs without the values of secret parameters. Returns whether there are any.
fn push_pairs(shown: &mut Vec<u8>, pairs: &[u8]) -> bool {
    let mut has_secrets = false;
    for pair in pairs.split_inclusive(is_end) {
        let (pair, end) = match pair {
            [pair @ .., end] if is_end(end) => (pair, Some(*end)),
            _ => (pair, None),
        };
        match secret_value(pair) {
            Some(value) => {
                has_secrets = true;
                shown.extend_from_slice(&pair[..value]);
                push_length(shown, &pair[value..]);
            }
            None => shown.extend_from_slice(pair),
        }
        shown.extend(end);
    }
    has_secrets
}

fn is_end(byte: &u8) -> bool {
    matches!(byte, b'&' | b';' | b'#' | b'?')
}

/// The place of the value of a pair whose name speaks of a secret.
fn secret_value(pair: &[u8]) -> Option<usize> {
    let equals = pair.iter().position(|&byte| byte == b'=')?;
    is_secret_parameter(&unescaped(&pair[..equals])).then_some(equals + 1)
}

/// Whether there is a password in a value, or an encoded URL or query in it has a secret.
fn has_inner_secret(value: &[u8]) -> bool {
    let mut value = Cow::from(value);
    for _ in 0..DEEPEST {
        if next_password(&value, 0).is_some() {
            return true;
        }
        let decoded = unescaped(&value);
        if decoded == value {
            return false;
        }
        if decoded
            .split(is_end)
            .any(|pair| secret_value(pair).is_some())
        {
            return true;
        }
        value = Cow::Owned(decoded.into_owned());
    }
    value.contains(&b'%')
}

/// A path or the start of a URL without the passwords of users, also of a URL in it. `None` if it
/// has none. If there is an encoded one, only the length is left.
fn without_passwords(path: &[u8]) -> Option<Vec<u8>> {
    let (mut shown, mut others, mut at) = (Vec::new(), Vec::new(), 0);
    while let Some(password) = next_password(path, at) {
        shown.extend_from_slice(&path[at..password.start]);
        push_length(&mut shown, &path[password.clone()]);
        others.extend_from_slice(&path[at..password.start]);
        shown.push(b'@');
        at = password.end + 1;
    }
    shown.extend_from_slice(&path[at..]);
    others.extend_from_slice(&path[at..]);
    if has_inner_secret(&others) {
        shown.clear();
        push_length(&mut shown, path);
        return Some(shown);
    }
    (at > 0).then_some(shown)
}

/// The place of the next password of a user in a URL (RFC 3986, section 3.2.1).
fn next_password(text: &[u8], from: usize) -> Option<Range<usize>> {
    let mut at = from;
    loop {
        let slashes = at + text[at..].windows(2).position(|window| window == b"//")?;
        let start = slashes + 2;
        if slashes == 0 || text[slashes - 1] == b':' {
            let authority = text[start..].split(|byte| b"/?#".contains(byte)).next()?;
            let end = authority.iter().rposition(|&byte| byte == b'@');
            let user = end.map_or(&b""[..], |end| &authority[..end]);
            if let Some(colon) = user.iter().position(|&byte| byte == b':') {
                return Some(start + colon + 1..start + user.len());
            }
        }
        at = slashes + 1;
    }
}

/// A text without its escapes (RFC 3986, section 2.1).
fn unescaped(text: &[u8]) -> Cow<'_, [u8]> {
    if !text.contains(&b'%') {
        return text.into();
    }
    let digit = |byte: &u8| char::from(*byte).to_digit(16);
    let (mut decoded, mut rest) = (Vec::with_capacity(text.len()), text);
    while let [first, others @ ..] = rest {
        let escape = match (first, others) {
            (b'%', [high, low, ..]) => digit(high).zip(digit(low)),
            _ => None,
        };
        let byte = escape.and_then(|(high, low)| u8::try_from(high * 16 + low).ok());
        decoded.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &others[2..] } else { others };
    }
    decoded.into()
}

/// Adds what stands in place of a secret.
pub(crate) fn push_length(shown: &mut Vec<u8>, secret: &[u8]) {
    // A vector takes all that is written.
    let _ = write!(shown, "({} bytes)", secret.len());
}
