//! The parts of a challenge (RFC 8555 sections 8.1 and 8.3).

/// The longest token, in bytes: a file's name is not longer.
const MAX_TOKEN_BYTES: usize = 255;

/// The length of a SHA-256 digest in base64url without padding, in bytes.
const THUMBPRINT_BYTES: usize = 43;

/// The token that these bytes are, if they are one. It has only the characters of base64url, so it
/// cannot lead to another folder.
pub(super) fn token(bytes: &[u8]) -> Option<&str> {
    let is_token = (1..=MAX_TOKEN_BYTES).contains(&bytes.len()) && is_base64url(bytes);
    is_token.then(|| str::from_utf8(bytes).ok()).flatten()
}

/// Whether a text is a key authorization for this token: the token, a dot, and the thumbprint of
/// the key of an account.
pub(super) fn is_key_authorization(text: &str, token: &str) -> bool {
    let thumbprint = text
        .strip_prefix(token)
        .and_then(|rest| rest.strip_prefix('.'));
    thumbprint.is_some_and(|thumbprint| {
        thumbprint.len() == THUMBPRINT_BYTES && is_base64url(thumbprint.as_bytes())
    })
}

fn is_base64url(bytes: &[u8]) -> bool {
    bytes
        .iter()
        .all(|&byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}
