//! Properties that hold for all inputs.

use proptest::prelude::*;
use wsgi_cookies::{Cookies, SetCookie};

/// The pairs of a `Cookie` field.
fn pairs() -> impl Strategy<Value = Vec<(String, String)>> {
    let value = "[!#-+\\--:<-\\[\\]-~]{0,20}";
    prop::collection::vec(("[A-Za-z0-9_.-]{1,8}", value), 0..20)
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_a_panic(field in prop::collection::vec(any::<u8>(), 0..300)) {
        let cookies = Cookies::parse(&field);
        for (name, value) in &cookies {
            prop_assert!(!name.is_empty());
            prop_assert!(!name.contains([';', '=']) && !value.contains(';'));
            prop_assert!(cookies.get_all(name).any(|found| found == value));
        }
    }

    #[test]
    fn the_pairs_that_were_sent_are_read(pairs in pairs()) {
        let field: Vec<_> = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let field = field.join("; ");
        let cookies = Cookies::parse(&field);
        let expected = pairs.iter().map(|(name, value)| (&**name, &**value));
        prop_assert!(cookies.iter().eq(expected.clone()));
        for (name, _) in expected.clone() {
            let first = expected.clone().find(|(other, _)| *other == name).map(|(_, value)| value);
            prop_assert_eq!(cookies.get(name), first);
        }
    }

    #[test]
    fn several_fields_are_read_as_one(left in "[a-c=; \"]{0,30}", right in "[a-c=; \"]{0,30}") {
        let several: Cookies = [&left, &right].into_iter().collect();
        let one = format!("{left};{right}");
        prop_assert!(several.iter().eq(Cookies::parse(&one).iter()));
    }

    #[test]
    fn any_text_survives_encoding(value in "\\PC{0,100}") {
        let sent = SetCookie::encoded("a", &value).to_header_value().unwrap();
        prop_assert_eq!(Cookies::parse(&sent).get_decoded("a").unwrap(), value);
    }

    #[test]
    fn a_built_cookie_is_read_back(name in "\\PC{0,6}", value in any::<String>()) {
        if let Ok(sent) = SetCookie::new(&*name, &*value).to_header_value() {
            prop_assert_eq!(Cookies::parse(&sent).get(&name), Some(&*value));
        }
    }

    #[test]
    fn no_attribute_adds_another(path in any::<String>(), domain in any::<String>()) {
        let cookie = SetCookie::new("a", "1").path("/".to_owned() + &path);
        if let Ok(sent) = cookie.to_header_value() {
            prop_assert_eq!(sent, format!("a=1; Path=/{path}"));
            prop_assert!(!path.contains(|c: char| c.is_control() || c == ';'));
        }
        if let Ok(sent) = SetCookie::new("a", "1").domain(&*domain).to_header_value() {
            prop_assert_eq!(sent, format!("a=1; Domain={domain}"));
            prop_assert!(!domain.contains(|c: char| c.is_control() || ";, ".contains(c)));
        }
    }
}

#[cfg(feature = "signed")]
mod signed {
    use std::time::{Duration, SystemTime};

    use super::*;
    use wsgi_cookies::{Key, Keyring};

    fn keyring() -> Keyring {
        Keyring::new(Key::from_bytes([1; 32]).unwrap())
    }

    proptest! {
        #[test]
        fn a_signed_value_is_verified(
            purpose in ".{0,20}",
            name in ".{0,20}",
            value in prop::collection::vec(any::<u8>(), 0..300),
            seconds in 0_u64..253_402_300_800,
        ) {
            let keyring = keyring();
            let now = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
            let keys = keyring.for_cookie(&purpose, &name);
            let text = keys.sign(&value, now);
            prop_assert!(SetCookie::new("a", &*text).to_header_value().is_ok());
            let verified = keys.verify(&text, Some(Duration::ZERO), now).unwrap();
            prop_assert_eq!(verified.value, value);
            prop_assert_eq!(verified.issued_at, now);
        }

        #[test]
        fn a_changed_byte_is_refused(
            value in prop::collection::vec(any::<u8>(), 0..100),
            place in any::<prop::sample::Index>(),
            byte in 0_u8..0x80,
        ) {
            let keyring = keyring();
            let now = SystemTime::UNIX_EPOCH;
            let mut text = keyring.for_cookie("purpose", "name").sign(&value, now).into_bytes();
            let place = place.index(text.len());
            prop_assume!(text[place] != byte);
            text[place] = byte;
            let text = String::from_utf8(text).unwrap();
            prop_assert!(keyring.for_cookie("purpose", "name").verify(&text, None, now).is_err());
        }

        #[test]
        fn any_other_text_is_refused(text in "[A-Za-z0-9_=é-]{0,200}") {
            let result = keyring().for_cookie("", "").verify(&text, None, SystemTime::UNIX_EPOCH);
            prop_assert!(result.is_err());
        }
    }
}
