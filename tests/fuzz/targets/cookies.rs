//! Any `Cookie` field is parsed within limits, a built cookie parses back, and only a signed value
//! is verified.
#![no_main]

use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

use libfuzzer_sys::fuzz_target;
use wsgi_cookies::{Cookies, Key, Keyring, SetCookie};

static KEYRING: LazyLock<Keyring> =
    LazyLock::new(|| Keyring::new(Key::from_bytes([7; 32]).expect("32 bytes")));

fuzz_target!(|bytes: &[u8]| {
    let cookies = Cookies::parse(bytes);
    assert!(cookies.iter().count() <= Cookies::MAX_COUNT);
    for (name, value) in &cookies {
        assert!(!name.is_empty() && !name.contains(['=', ';']) && !value.contains(';'));
        assert!(cookies.get(name).is_some() && cookies.get_decoded(name).is_some());
        if let Ok(sent) = SetCookie::new(name, value).to_header_value() {
            assert!(Cookies::parse(&sent).iter().eq([(name, value)]));
        }
        verify(name, value);
    }
    verify("name", &String::from_utf8_lossy(bytes));
    let field = bytes.split(|byte| *byte == b'\n').collect::<Cookies>();
    assert!(field.iter().count() <= Cookies::MAX_COUNT);
});

/// Checks that a text from the fuzzer is refused, and is verified after it was signed.
fn verify(name: &str, text: &str) {
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
    let keys = KEYRING.for_cookie("fuzz", name);
    assert!(keys.verify(text, None, now).is_err());
    let signed = keys.sign(text, now);
    match keys.verify(&signed, Some(Duration::ZERO), now) {
        Ok(verified) => assert_eq!(verified.value, text.as_bytes()),
        Err(_) => assert!(signed.len() > Keyring::MAX_TEXT_LENGTH),
    }
}
