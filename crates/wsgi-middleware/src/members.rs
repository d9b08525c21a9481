//! Lists of members in header fields.

use std::mem;

use wsgi_headers::Headers;

/// Returns the members of a list, over all fields of its name (RFC 9110 section 5.6.1). A comma in
/// quotes does not end a member.
pub(crate) fn members<'h>(headers: &'h Headers, name: &'h str) -> impl Iterator<Item = &'h [u8]> {
    let of_field = |field: &'h [u8]| {
        let (mut is_quoted, mut is_escaped) = (false, false);
        field.split(move |byte| {
            match byte {
                _ if mem::take(&mut is_escaped) => {}
                b'\\' => is_escaped = is_quoted,
                b'"' => is_quoted = !is_quoted,
                b',' => return !is_quoted,
                _ => {}
            }
            false
        })
    };
    let fields = headers.get_all(name);
    fields
        .flat_map(move |value| of_field(value.as_bytes()))
        .map(<[u8]>::trim_ascii)
        .filter(|member| !member.is_empty())
}

/// Joins members to a list.
pub(crate) fn list<'m>(members: impl Iterator<Item = &'m [u8]>) -> Vec<u8> {
    members.collect::<Vec<_>>().join(&b", "[..])
}
