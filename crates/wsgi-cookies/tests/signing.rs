//! Signed values: their format, and the values that are refused.
#![cfg(feature = "signed")]

use std::time::{Duration, SystemTime};

use wsgi_cookies::{InvalidSignature, Key, Keyring};

const PURPOSE: &str = "session";
const NAME: &str = "__Host-session";
const HOUR: Duration = Duration::from_secs(3600);
const SECOND: Duration = Duration::from_secs(1);

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

fn now() -> SystemTime {
    at(1_800_000_000)
}

/// The key of the README's test vectors: the bytes 0 to 31.
fn key() -> Key {
    Key::from_bytes(std::array::from_fn::<u8, 32, _>(|index| index as u8)).unwrap()
}

fn other_key() -> Key {
    Key::from_bytes([0xff; 32]).unwrap()
}

fn keyring() -> Keyring {
    Keyring::new(key())
}

fn text() -> String {
    keyring().for_cookie(PURPOSE, NAME).sign(b"hello", now())
}

#[track_caller]
fn check_golden(purpose: &str, name: &str, value: &[u8], seconds: u64, expected: &str) {
    let text = keyring().for_cookie(purpose, name).sign(value, at(seconds));
    assert_eq!(text, expected);
    let verified = keyring()
        .for_cookie(purpose, name)
        .verify(expected, None, at(seconds))
        .unwrap();
    assert_eq!(verified.value, value);
    assert_eq!(verified.issued_at, at(seconds));
    assert!(!verified.needs_new_signature);
}

#[test]
fn version_1_empty_value() {
    check_golden(
        "session",
        "id",
        b"",
        0,
        "ASuxhWQAAAAAAAAAAFh7H4WVzZNxuTLj0B01LLBI4V1nFPAW-b302aEZJS5p",
    );
}

#[test]
fn version_1_hello() {
    check_golden(
        "session",
        "__Host-session",
        b"hello",
        1_800_000_000,
        "ASuxhWQAAAAAa0nSAOyvnhOIrFbQa7e3ZNVATt_uXwKjLYjllZGeg5XpHtKEaGVsbG8",
    );
}

#[test]
fn version_1_length_of_two_bytes() {
    let expected = "ASuxhWQAAAA6__RBf2ANX7vw9kDBmAp4NzgPvl-tKk7MCc-fm0V7Nd-ySARA".to_owned()
        + &"eHh4".repeat(66)
        + "eHg";
    check_golden("login", "user", &[b'x'; 200], 253_402_300_799, &expected);
}

#[test]
fn version_1_without_purpose_and_name() {
    check_golden(
        "",
        "",
        &[0x00, 0xff],
        1,
        "ASuxhWQAAAAAAAAAAbeljMXdv_w5pWz856j0_fcOjCth5z4CtmaYnxQ_BD70AP8",
    );
}

#[track_caller]
fn refused(text: &str) {
    let result = keyring()
        .for_cookie(PURPOSE, NAME)
        .verify(text, None, now());
    assert_eq!(result, Err(InvalidSignature), "{text}");
}

#[test]
fn a_value_is_refused_under_another_purpose_name_or_key() {
    let text = text();
    let ring = keyring();
    assert!(
        ring.for_cookie(PURPOSE, NAME)
            .verify(&text, None, now())
            .is_ok()
    );
    assert!(
        ring.for_cookie("login", NAME)
            .verify(&text, None, now())
            .is_err()
    );
    assert!(
        ring.for_cookie("", NAME)
            .verify(&text, None, now())
            .is_err()
    );
    assert!(
        ring.for_cookie(PURPOSE, "__host-session")
            .verify(&text, None, now())
            .is_err()
    );
    let foreign = Keyring::new(other_key());
    assert!(
        foreign
            .for_cookie(PURPOSE, NAME)
            .verify(&text, None, now())
            .is_err()
    );
}

#[test]
fn a_boundary_between_purpose_and_name_cannot_move() {
    let text = keyring().for_cookie("ab", "c").sign(b"", now());
    assert!(
        keyring()
            .for_cookie("a", "bc")
            .verify(&text, None, now())
            .is_err()
    );
}

#[test]
fn any_changed_byte_is_refused() {
    let text = text();
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
    let text = text();
    for length in 0..text.len() {
        refused(&text[..length]);
    }
    for tail in ["A", "=", "AA", " ", "\n", "AAAA", "\0"] {
        refused(&(text.clone() + tail));
        refused(&(tail.to_owned() + &text));
    }
}

#[test]
fn only_canonical_base64url_is_read() {
    // "hello" ends in `8`, whose last two bits are unused and zero: 9, - and _ set them.
    let text = text();
    let stem = text.strip_suffix('8').unwrap();
    for last in ['9', '-', '_'] {
        refused(&format!("{stem}{last}"));
    }
    refused(&format!("{text}="));
    refused(&text.replace('_', "/"));
    refused(&text.replacen('a', "é", 1));
}

#[test]
fn a_text_longer_than_a_cookie_is_refused() {
    let longest = vec![b'x'; (Keyring::MAX_TEXT_LENGTH - 60) / 4 * 3];
    let text = keyring().for_cookie(PURPOSE, NAME).sign(&longest, now());
    assert_eq!(text.len(), Keyring::MAX_TEXT_LENGTH);
    assert!(
        keyring()
            .for_cookie(PURPOSE, NAME)
            .verify(&text, None, now())
            .is_ok()
    );
    let longer = [&longest[..], b"x"].concat();
    refused(&keyring().for_cookie(PURPOSE, NAME).sign(&longer, now()));
}

#[track_caller]
fn check_age(max_age: Option<Duration>, now: SystemTime, is_valid: bool) {
    let result = keyring()
        .for_cookie(PURPOSE, NAME)
        .verify(&text(), max_age, now);
    assert_eq!(result.is_ok(), is_valid);
}

#[test]
fn a_value_expires_to_the_second() {
    check_age(Some(HOUR), now() + HOUR, true);
    check_age(Some(HOUR), now() + HOUR + SECOND, false);
    check_age(Some(Duration::ZERO), now(), true);
    check_age(Some(Duration::ZERO), now() + SECOND, false);
    check_age(None, now() + 1_000_000 * HOUR, true);
}

/// The time of signing is cut to whole seconds.
#[test]
fn a_value_never_expires_early() {
    let millis = Duration::from_millis;
    for (max_age, age, is_valid) in [
        (SECOND, 200, true),
        (SECOND, 1_000, true),
        (SECOND, 2_000, false),
        (millis(500), 200, true),
        (millis(500), 500, true),
        (millis(500), 2_000, false),
        (millis(1_100), 1_100, true),
        (millis(1_100), 1_199, true),
        (millis(1_100), 1_200, false),
    ] {
        let signed_at = now() + millis(900);
        let text = keyring().for_cookie(PURPOSE, NAME).sign(b"", signed_at);
        let verified = keyring().for_cookie(PURPOSE, NAME).verify(
            &text,
            Some(max_age),
            signed_at + millis(age),
        );
        assert_eq!(verified.is_ok(), is_valid, "{max_age:?} after {age} ms");
    }
    assert!(
        keyring()
            .for_cookie(PURPOSE, NAME)
            .verify(&text(), Some(Duration::MAX), now())
            .is_ok()
    );
}

#[test]
fn a_clock_may_be_a_minute_behind() {
    for max_age in [None, Some(HOUR), Some(Duration::ZERO)] {
        check_age(max_age, now() - 60 * SECOND, true);
        check_age(max_age, now() - 61 * SECOND, false);
        check_age(max_age, SystemTime::UNIX_EPOCH, false);
    }
}

#[test]
fn a_clock_before_1970_counts_as_1970() {
    let text = keyring()
        .for_cookie(PURPOSE, NAME)
        .sign(b"", SystemTime::UNIX_EPOCH - HOUR);
    let verified = keyring()
        .for_cookie(PURPOSE, NAME)
        .verify(&text, None, now())
        .unwrap();
    assert_eq!(verified.issued_at, SystemTime::UNIX_EPOCH);
}

#[test]
fn an_old_key_verifies_and_asks_for_a_new_signature() {
    let text = text();
    let rotated = Keyring::new(other_key()).verifying_key(key());
    let verified = rotated
        .for_cookie(PURPOSE, NAME)
        .verify(&text, None, now())
        .unwrap();
    assert_eq!(
        (&*verified.value, verified.needs_new_signature),
        (&b"hello"[..], true)
    );

    let again = rotated
        .for_cookie(PURPOSE, NAME)
        .sign(&verified.value, now());
    let verified = rotated
        .for_cookie(PURPOSE, NAME)
        .verify(&again, None, now())
        .unwrap();
    assert!(!verified.needs_new_signature);
    refused(&again);
}

#[test]
fn a_key_added_after_signing_verifies_for_every_purpose() {
    let text = text();
    let ring = Keyring::new(other_key());
    let _ = ring.for_cookie(PURPOSE, NAME).sign(b"", now());
    let ring = ring.verifying_key(key());
    assert!(
        ring.for_cookie(PURPOSE, NAME)
            .verify(&text, None, now())
            .is_ok()
    );
}

#[test]
fn a_keyring_serves_any_number_of_purposes() {
    let ring = keyring();
    for _ in 0..2 {
        for purpose in (0..20).map(|number| format!("purpose {number}")) {
            let text = ring.for_cookie(&purpose, NAME).sign(b"", now());
            assert_eq!(text, keyring().for_cookie(&purpose, NAME).sign(b"", now()));
            assert!(
                ring.for_cookie(&purpose, NAME)
                    .verify(&text, None, now())
                    .is_ok()
            );
        }
    }
}

#[test]
fn threads_that_share_a_keyring_sign_alike() {
    let ring = keyring();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for purpose in ["a", "b", "c", PURPOSE] {
                    let text = ring.for_cookie(purpose, NAME).sign(b"hello", now());
                    assert_eq!(text == self::text(), purpose == PURPOSE);
                }
            });
        }
    });
}

#[test]
fn errors_and_debug_output_reveal_nothing() {
    assert_eq!(
        InvalidSignature.to_string(),
        "the signed value is not valid"
    );
    assert_eq!(
        format!("{:?}", keyring()),
        "Keyring { keys: [Key(..)], .. }"
    );
}
