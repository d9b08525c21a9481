//! The realm of a challenge.

/// Returns a realm as a quoted string (RFC 9110 section 5.6.4). Control characters become spaces.
pub(crate) fn quoted(realm: &str) -> String {
    let mut value = String::with_capacity(realm.len() + 2);
    value.push('"');
    for character in realm.chars() {
        match character {
            '"' | '\\' => value.extend(['\\', character]),
            _ if character.is_control() => value.push(' '),
            _ => value.push(character),
        }
    }
    value.push('"');
    value
}
