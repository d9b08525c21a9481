//! Encrypted values: what they hide, and the values that are refused.
#![cfg(feature = "encrypted")]

use std::time::{Duration, SystemTime};

use proptest::prelude::*;
use wsgi_cookies::{InvalidCiphertext, Key, Keyring};

const PURPOSE: &str = "search";
const NAME: &str = "__Host-last";
const HOUR: Duration = Duration::from_secs(3600);
const SECOND: Duration = Duration::from_secs(1);

fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000)
}

fn key() -> Key {
    Key::from_bytes([7; 32]).unwrap()
}

fn keyring() -> Keyring {
    Keyring::new(key())
}

fn encrypted(value: &[u8]) -> String {
    keyring()
        .for_cookie(PURPOSE, NAME)
        .encrypt(value, now())
        .unwrap()
}

#[track_caller]
fn refused(text: &str) {
    let result = keyring()
        .for_cookie(PURPOSE, NAME)
        .decrypt(text, None, now());
    assert_eq!(result, Err(InvalidCiphertext), "{text}");
}

#[test]
fn the_same_value_is_encrypted_differently_each_time() {
    let texts = [encrypted(b"hello"), encrypted(b"hello")];
    assert_ne!(texts[0], texts[1]);
    for text in texts {
        let decrypted = keyring()
            .for_cookie(PURPOSE, NAME)
            .decrypt(&text, None, now())
            .unwrap();
        assert_eq!(decrypted.value, b"hello");
        assert_eq!(decrypted.issued_at, now());
        assert!(!decrypted.needs_new_encryption);
    }
}

#[test]
fn a_value_is_refused_under_another_purpose_name_or_key() {
    let (text, ring) = (encrypted(b"hello"), keyring());
    assert!(
        ring.for_cookie(PURPOSE, NAME)
            .decrypt(&text, None, now())
            .is_ok()
    );
    assert!(
        ring.for_cookie("login", NAME)
            .decrypt(&text, None, now())
            .is_err()
    );
    assert!(
        ring.for_cookie("", NAME)
            .decrypt(&text, None, now())
            .is_err()
    );
    assert!(
        ring.for_cookie(PURPOSE, "__host-last")
            .decrypt(&text, None, now())
            .is_err()
    );
    let foreign = Keyring::new(Key::from_bytes([8; 32]).unwrap());
    assert!(
        foreign
            .for_cookie(PURPOSE, NAME)
            .decrypt(&text, None, now())
            .is_err()
    );
}

#[test]
fn a_boundary_between_purpose_and_name_cannot_move() {
    let text = keyring().for_cookie("ab", "c").encrypt(b"", now()).unwrap();
    assert!(
        keyring()
            .for_cookie("a", "bc")
            .decrypt(&text, None, now())
            .is_err()
    );
}

#[test]
fn a_signed_value_is_not_decrypted_and_an_encrypted_one_is_not_verified() {
    let signed = keyring().for_cookie(PURPOSE, NAME).sign([0; 40], now());
    refused(&signed);
    let encrypted = encrypted(b"hello");
    assert!(
        keyring()
            .for_cookie(PURPOSE, NAME)
            .verify(&encrypted, None, now())
            .is_err()
    );
}

#[test]
fn any_changed_character_is_refused() {
    let text = encrypted(b"hello");
    for place in 0..text.len() {
        for byte in (0..0x80).filter(|byte| *byte != text.as_bytes()[place]) {
            let mut changed = text.clone().into_bytes();
            changed[place] = byte;
            refused(&String::from_utf8(changed).unwrap());
        }
    }
}

#[test]
fn any_other_length_is_refused() {
    let text = encrypted(b"hello");
    for length in 0..text.len() {
        refused(&text[..length]);
    }
    for tail in ["A", "=", "AA", " ", "\n", "AAAA", "\0"] {
        refused(&(text.clone() + tail));
        refused(&(tail.to_owned() + &text));
    }
}

#[test]
fn a_text_longer_than_a_cookie_is_refused() {
    let longest = vec![b'x'; (Keyring::MAX_TEXT_LENGTH - 56) / 4 * 3 + 1];
    let text = encrypted(&longest);
    assert_eq!(text.len(), Keyring::MAX_TEXT_LENGTH);
    assert!(
        keyring()
            .for_cookie(PURPOSE, NAME)
            .decrypt(&text, None, now())
            .is_ok()
    );
    refused(&encrypted(&[&longest[..], b"x"].concat()));
}

#[test]
fn an_old_key_still_decrypts_and_asks_for_new_encryption() {
    let text = encrypted(b"hello");
    let new = Key::from_bytes([8; 32]).unwrap();
    let ring = Keyring::new(new.clone()).verifying_key(key());
    let decrypted = ring
        .for_cookie(PURPOSE, NAME)
        .decrypt(&text, None, now())
        .unwrap();
    assert_eq!(decrypted.value, b"hello");
    assert!(decrypted.needs_new_encryption);
    let again = ring
        .for_cookie(PURPOSE, NAME)
        .encrypt(&decrypted.value, now())
        .unwrap();
    let ring = Keyring::new(new);
    assert!(
        !ring
            .for_cookie(PURPOSE, NAME)
            .decrypt(&again, None, now())
            .unwrap()
            .needs_new_encryption
    );
    assert!(
        ring.for_cookie(PURPOSE, NAME)
            .decrypt(&text, None, now())
            .is_err()
    );
}

#[test]
fn a_value_expires_to_the_second_and_a_clock_may_be_a_minute_behind() {
    let text = encrypted(b"hello");
    for (max_age, now, is_valid) in [
        (Some(HOUR), now() + HOUR, true),
        (Some(HOUR), now() + HOUR + SECOND, false),
        (Some(Duration::MAX), now() + HOUR, true),
        (None, now() + 1_000_000 * HOUR, true),
        (None, now() - 60 * SECOND, true),
        (None, now() - 61 * SECOND, false),
        (Some(HOUR), SystemTime::UNIX_EPOCH, false),
    ] {
        let result = keyring()
            .for_cookie(PURPOSE, NAME)
            .decrypt(&text, max_age, now);
        assert_eq!(result.is_ok(), is_valid, "{max_age:?} at {now:?}");
    }
}

#[test]
fn debug_shows_no_decrypted_value() {
    let text = encrypted(b"hello");
    let decrypted = keyring()
        .for_cookie(PURPOSE, NAME)
        .decrypt(&text, None, now())
        .unwrap();
    let shown = format!("{decrypted:?}");
    assert!(shown.contains("issued_at"), "{shown}");
    assert!(
        !shown.contains("value") && !shown.contains("104"),
        "{shown}"
    );
}

proptest! {
    #[test]
    fn any_value_is_decrypted_again(
        purpose in "\\PC{0,300}", name in "\\PC{0,300}",
        value in prop::collection::vec(any::<u8>(), 0..3031),
    ) {
        let keyring = keyring();
        let keys = keyring.for_cookie(&purpose, &name);
        let text = keys.encrypt(&value, now()).unwrap();
        let length = 55 + value.len() / 3 * 4 + [0, 1, 3][value.len() % 3];
        prop_assert_eq!(text.len(), length);
        let decrypted = keys.decrypt(&text, Some(HOUR), now() + HOUR);
        prop_assert_eq!(decrypted.unwrap().value, value);
    }

    #[test]
    fn any_text_is_refused_without_a_panic(
        text in "[A-Za-z0-9_-]{0,200}|\\PC{0,200}|Aiux[A-Za-z0-9_-]{50,200}",
    ) {
        prop_assert!(keyring().for_cookie(PURPOSE, NAME).decrypt(&text, None, now()).is_err());
    }
}
