//! Lists of members in header fields.

use wsgi_headers::{Headers, list_members};

/// Returns the members of a list, over all fields of its name (RFC 9110 section 5.6.1). A comma in
/// quotes does not end a member.
pub(crate) fn members<'h>(headers: &'h Headers, name: &'h str) -> impl Iterator<Item = &'h [u8]> {
    headers
        .get_all(name)
        .flat_map(|value| list_members(value.as_bytes()))
}

/// Joins members to a list.
pub(crate) fn list<'m>(members: impl Iterator<Item = &'m [u8]>) -> Vec<u8> {
    members.collect::<Vec<_>>().join(&b", "[..])
}
