//! The secrets in URLs and queries.

use std::{borrow::Cow, io::Write, ops::Range};

use crate::secret::is_secret_parameter;

/// The number of times that a value is decoded to find a URL in a URL. One that is encoded more
/// often is a secret.
const DEEPEST: usize = 4;

/// The bytes before the slashes of an authority, also in a list, a field or a text.
const BEFORE_AUTHORITY: &[u8] = b":;,=<(\"' ";

/// A URL without the passwords of users and the values of secret parameters, also in a fragment,
/// where OAuth puts some. `None` if it has none.
pub(crate) fn without_url_secrets(url: &[u8]) -> Option<Vec<u8>> {
    let end = url.iter().position(|byte| b"?#".contains(byte));
    let (path, rest) = url.split_at(end.unwrap_or(url.len()));
    let (mark, query) = rest.split_at(rest.len().min(1));
    let shown_path = without_path_secrets(path);
    let start = [shown_path.as_deref().unwrap_or(path), mark].concat();
    let shown = without_parameters(&start, query);
    shown.or_else(|| shown_path.map(|_| [&start, query].concat()))
}

/// A decoded path without secrets. `None` if it has none. Only the length is left if a mark in a
/// password may have been encoded, which then ends where a path seems to go on.
pub(crate) fn without_decoded_secrets(path: &[u8]) -> Option<Vec<u8>> {
    let end = path.iter().rposition(|&byte| byte == b'@').unwrap_or(0);
    let (path_to_end, mut at) = (&path[..end], 0);
    while let Some(start) = next_authority(path_to_end, at) {
        let authority = path_to_end[start..].split(is_end_of_authority).next();
        let authority = authority.unwrap_or_default();
        if authority.contains(&b':') && start + authority.len() < end {
            let mut shown = Vec::new();
            push_length(&mut shown, path);
            return Some(shown);
        }
        at = start;
    }
    without_url_secrets(path)
}

/// A query after its start, without the values of secret parameters and those that are or have a
/// URL with a secret. `None` if it has none.
pub(crate) fn without_parameters(start: &[u8], query: &[u8]) -> Option<Vec<u8>> {
    let (mut shown, mut has_secrets) = (start.to_vec(), false);
    for parameter in parameters(query) {
        let end = parameter.len() - usize::from(parameter.ends_with(b"&"));
        let (whole, mark) = parameter.split_at(end);
        let equals = whole.iter().position(|&byte| byte == b'=');
        let (name, value) = whole.split_at(equals.map_or(0, |equals| equals + 1));
        if has_inner_secret(value) || has_inner_secret(whole) {
            has_secrets = true;
            let name = if is_plain(name) { name } else { b"" };
            shown.extend_from_slice(name);
            push_length(&mut shown, &whole[name.len()..]);
            shown.extend_from_slice(mark);
        } else {
            has_secrets |= push_pairs(&mut shown, parameter);
        }
    }
    has_secrets.then_some(shown)
}

/// The parameters of a query with the ampersands that end them. One in a password of a URL ends
/// none (RFC 3986, section 3.2.1).
fn parameters(query: &[u8]) -> impl Iterator<Item = &[u8]> {
    let end_after = |at: usize| {
        let end = query[at..].iter().position(|&byte| byte == b'&');
        end.map_or(query.len(), |end| at + end + 1)
    };
    let (mut at, mut password) = (0, next_password(query, 0));
    std::iter::from_fn(move || {
        let start = at;
        at = end_after(start);
        while let Some(place) = password.take_if(|place| place.start < at) {
            if place.end >= at {
                at = end_after(place.end);
            }
            password = next_password(query, place.end);
        }
        (start < at).then(|| &query[start..at])
    })
}

/// Whether a name with its equals sign has no mark of a URL or a query, after which a part of a
/// secret may stand.
fn is_plain(name: &[u8]) -> bool {
    let name = name.strip_suffix(b"=").unwrap_or(name);
    let decoded = unescaped(name);
    unescaped(&decoded) == decoded && !decoded.iter().any(|byte| b"/?#&;=".contains(byte))
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
    for _ in 0..=DEEPEST {
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
    true
}

/// A path or the start of a URL without the passwords of users, also of a URL in it, and the values
/// of secret parameters after a semicolon (RFC 3986, section 3.3). `None` if it has none. If there
/// is an encoded secret, only the length is left.
fn without_path_secrets(path: &[u8]) -> Option<Vec<u8>> {
    let cut = cut_passwords(path);
    let others = cut.as_ref().map_or(path, |cut| &cut.others);
    let mut shown = Vec::new();
    if has_inner_secret(others) {
        push_length(&mut shown, path);
        return Some(shown);
    }
    let has_passwords = cut.is_some();
    let path = cut.map_or(Cow::from(path), |cut| cut.shown.into());
    let semicolon = path.iter().position(|&byte| byte == b';');
    let (path, parameters) = path.split_at(semicolon.unwrap_or(path.len()));
    shown.extend_from_slice(path);
    (push_pairs(&mut shown, parameters) || has_passwords).then_some(shown)
}

/// A text without the passwords of users in its URLs. `None` if it has none.
pub(crate) fn without_passwords(text: &[u8]) -> Option<Vec<u8>> {
    cut_passwords(text).map(|cut| cut.shown)
}

/// A text without passwords.
struct Cut {
    /// The text with the lengths of the passwords.
    shown: Vec<u8>,
    /// The text with nothing in their places.
    others: Vec<u8>,
}

fn cut_passwords(text: &[u8]) -> Option<Cut> {
    let (mut shown, mut others, mut at) = (Vec::new(), Vec::new(), 0);
    while let Some(password) = next_password(text, at) {
        shown.extend_from_slice(&text[at..password.start]);
        others.extend_from_slice(&text[at..password.start]);
        push_length(&mut shown, &text[password.clone()]);
        shown.push(b'@');
        at = password.end + 1;
    }
    shown.extend_from_slice(&text[at..]);
    others.extend_from_slice(&text[at..]);
    (at > 0).then_some(Cut { shown, others })
}

/// The place of the next password of a user in a URL (RFC 3986, section 3.2.1).
fn next_password(text: &[u8], from: usize) -> Option<Range<usize>> {
    let mut at = from;
    loop {
        at = next_authority(text, at)?;
        let authority = text[at..].split(is_end_of_authority).next()?;
        let end = authority.iter().rposition(|&byte| byte == b'@');
        let user = end.map_or(&b""[..], |end| &authority[..end]);
        if let Some(colon) = user.iter().position(|&byte| byte == b':') {
            return Some(at + colon + 1..at + user.len());
        }
    }
}

/// The start of the next authority of a URL (RFC 3986, section 3.2), after its slashes. A scheme
/// may also have one slash after it, as some servers merge the slashes of a path.
fn next_authority(text: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        let first = at + text[at..].iter().position(|&byte| byte == b'/')?;
        let slashes = text[first..].iter().take_while(|&&byte| byte == b'/');
        at = first + slashes.count();
        let is_authority = match text[..first].last() {
            Some(b':') => true,
            Some(before) => at - first > 1 && BEFORE_AUTHORITY.contains(before),
            None => at > 1,
        };
        if is_authority {
            return Some(at);
        }
    }
}

fn is_end_of_authority(byte: &u8) -> bool {
    matches!(byte, b'/' | b'?' | b'#')
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
