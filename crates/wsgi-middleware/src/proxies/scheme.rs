//! The scheme of a request, as a proxy names it.

/// Whether a scheme is `https`. `None` if it is neither `https` nor `http`, in any case.
pub(crate) fn is_https(scheme: &[u8]) -> Option<bool> {
    let is = |name: &[u8]| scheme.eq_ignore_ascii_case(name);
    match (is(b"https"), is(b"http")) {
        (true, _) => Some(true),
        (_, true) => Some(false),
        _ => None,
    }
}
