//! Names that speak of secrets.

/// Parts of such names.
const PARTS: [&[u8]; 9] = [
    b"APIKEY",
    b"AUTHORIZATION",
    b"COOKIE",
    b"CREDENTIAL",
    b"JWT",
    b"PASSPHRASE",
    b"PASSW",
    b"SECRET",
    b"TOKEN",
];

/// Whole words of such names.
const WORDS: [&[u8]; 2] = [b"KEYFILE", b"PW"];

/// Ends of words of such names.
const ENDS: [&[u8]; 4] = [b"KEY", b"KEYS", b"PASS", b"PWD"];

/// Ends of words that are not about a secret, but have such an end.
const OTHER_ENDS: [&[u8]; 2] = [b"BYPASS", b"COMPASS"];

/// The variables in which a shell puts the current folder and the one before.
const FOLDERS: [&[u8]; 2] = [b"PWD", b"OLDPWD"];

/// Ends of names that have one of these parts, but let nobody in.
const OPEN: [&[u8]; 3] = [
    b"ACCESS_CONTROL_ALLOW_CREDENTIALS",
    b"IDEMPOTENCY_KEY",
    b"SEC_WEBSOCKET_KEY",
];

/// Whether the name of a field, a variable or a parameter speaks of a secret, such as a password, a
/// cookie, a token or a key.
///
/// A page or a log that shows an environ should leave out the values of such variables, or show
/// them as [`Redacted`](crate::Redacted). A script of a page could otherwise read in the response
/// what browsers keep from it, such as a cookie with `HttpOnly`. The name may be in any ASCII case,
/// and have any prefix, as `REDIRECT_HTTP_AUTHORIZATION` of Apache. Only `PWD` and `OLDPWD` in
/// capitals are the folders of a shell.
///
/// ```
/// use wsgi_headers::is_secret;
///
/// assert!(is_secret("Set-Cookie"));
/// assert!(is_secret("HTTP_X_API_KEY"));
/// assert!(is_secret("shop.password"));
/// assert!(!is_secret("HTTP_KEEP_ALIVE"));
/// assert!(!is_secret("Idempotency-Key"));
/// ```
#[must_use]
pub fn is_secret(name: impl AsRef<[u8]>) -> bool {
    let name = name.as_ref();
    !FOLDERS.contains(&name) && is_secret_parameter(name)
}

/// Whether the name of a parameter speaks of a secret. No shell has set it.
pub(crate) fn is_secret_parameter(name: &[u8]) -> bool {
    let has_part = PARTS.iter().any(|part| {
        let mut windows = name.windows(part.len());
        windows.any(|window| window.eq_ignore_ascii_case(part))
    });
    // A word ends before a capital that follows a small letter, too.
    let is_same_word = |a: &u8, b: &u8| {
        let is_start = a.is_ascii_lowercase() && b.is_ascii_uppercase();
        a.is_ascii_alphabetic() && b.is_ascii_alphabetic() && !is_start
    };
    let mut words = name.chunk_by(is_same_word);
    let is_secret = has_part || words.any(is_secret_word);
    is_secret && !OPEN.iter().any(|open| ends_with(name, open))
}

fn is_secret_word(word: &[u8]) -> bool {
    let has_end = |ends: &[&[u8]]| ends.iter().any(|end| ends_with(word, end));
    WORDS.iter().any(|other| word.eq_ignore_ascii_case(other))
        || has_end(&ENDS) && !has_end(&OTHER_ENDS)
}

/// Whether a name ends with a name of a variable, in any case and with hyphens or underscores.
pub(crate) fn ends_with(name: &[u8], end: &[u8]) -> bool {
    let start = name.len().checked_sub(end.len());
    start.is_some_and(|start| is_same(&name[start..], end))
}

/// Whether a name is that of a variable, in any case and with hyphens or underscores.
pub(crate) fn is_same(name: &[u8], variable: &[u8]) -> bool {
    let is_same = |(a, b): (&u8, &u8)| a.eq_ignore_ascii_case(b) || (*a == b'-' && *b == b'_');
    name.len() == variable.len() && name.iter().zip(variable).all(is_same)
}

#[cfg(test)]
mod tests {
    use super::is_secret;

    #[test]
    fn names_of_fields_variables_and_parameters_speak_of_secrets() {
        for name in [
            "Authorization",
            "HTTP_PROXY_AUTHORIZATION",
            "Set-Cookie",
            "REDIRECT_HTTP_COOKIE",
            "X-Api-Key",
            "HTTP_X_API_KEY",
            "apikey",
            "KEY_2",
            "SIGNING_KEYS",
            "X-Auth-Token",
            "access_token",
            "HTTP_CF_ACCESS_JWT_ASSERTION",
            "AWS_CREDENTIALS",
            "apiKeyValue",
            "apikeyvalue",
            "API_KEYFILE",
            "DB_PASS",
            "DBPASS",
            "dbPass2",
            "DB_PWD",
            "pwd",
            "userPwd",
            "HTTP_PWD",
            "PHP_AUTH_PW",
            "REMOTE_PASSWD",
            "shop.password",
            "SSL_PASSPHRASE",
            "client_secret",
        ] {
            assert!(is_secret(name), "{name}");
        }
    }

    #[test]
    fn other_names_do_not() {
        for name in [
            "",
            "Host",
            "HTTP_KEEP_ALIVE",
            "keyword",
            "KEYBOARD_LAYOUT",
            "PASSENGER_APP_ENV",
            "HTTP_X_BYPASS",
            "COMPASS",
            "keyboardLayout",
            "PWD",
            "OLDPWD",
            "REMOTE_USER",
            "Idempotency-Key",
            "HTTP_IDEMPOTENCY_KEY",
            "HTTP_SEC_WEBSOCKET_KEY",
            "Access-Control-Allow-Credentials",
        ] {
            assert!(!is_secret(name), "{name}");
        }
    }
}
