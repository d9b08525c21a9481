//! Texts with known nonces, which another implementation of the cipher computed.

use super::*;

/// The key of the README's test vectors: the bytes 0 to 31.
fn key() -> Key {
    Key::from_bytes(std::array::from_fn::<u8, 32, _>(|index| index as u8)).unwrap()
}

/// The nonce of the README's first test vector: the bytes 64 to 75.
fn nonce() -> [u8; 12] {
    std::array::from_fn(|index| 64 + index as u8)
}

#[track_caller]
fn check(context: Context<'_>, value: &[u8], issued: u64, nonce: [u8; 12], expected: &str) {
    let encrypter = Encrypter::new(&key(), context.purpose);
    let text = encrypter.encrypt_with_nonce(context, value, issued, nonce);
    assert_eq!(text, expected);
    let mut read = Ciphertext::read(context, expected).unwrap();
    assert_eq!(read.issued(), issued);
    assert!(read.decrypt_with(&encrypter));
    assert_eq!(read.into_value(), value);
}

#[test]
fn version_2_hello() {
    let (purpose, name) = ("search", "last");
    check(
        Context { purpose, name },
        b"hello",
        1_800_000_000,
        nonce(),
        "AiuxhWQAAAAAa0nSAEBBQkNERUZHSElKS8Us2ed7OWhxtSmZp1T7HmznHuiaEw",
    );
}

#[test]
fn version_2_without_purpose_name_and_value() {
    let (purpose, name) = ("", "");
    check(
        Context { purpose, name },
        b"",
        0,
        [0; 12],
        "AiuxhWQAAAAAAAAAAAAAAAAAAAAAAAAAAIPzV4TyoYlTo20AqBL8txI",
    );
}

#[test]
fn version_2_lengths_of_two_bytes() {
    let (purpose, name) = ("login", "n".repeat(130));
    let name = &*name;
    check(
        Context { purpose, name },
        &[b'x'; 200],
        253_402_300_799,
        nonce(),
        "AiuxhWQAAAA6__RBf0BBQkNERUZHSElKSzH1IZrTC9FfHl4J6Lctvo1PuFX8JelFhFYg1KbSl2jQ4IlBp9IjxmvZ\
         b6Xj9rvc5uPRQZk9DFdbFJBlcHW_veZKFQd37vm43bKnJZgX6NjxOQwjENFarv-I2lZRNHUmZ_HQaOu4dvsKxr-9\
         R8aRhBvcFt4ai0PRBvKTFmWbZz7AECGzE36hQlEnjchH6RN8DvFqtcwQT5GkkzBQJz51ZSTTE9RoWRuwhgXg0G3L\
         Ej764q9J_B-CktDWSGSZa1yuMiz4qWTcecBlM1q2shrIOZFmP0pkPk3o4w",
    );
}

#[test]
fn a_value_stays_encrypted_after_a_wrong_key() {
    let (purpose, name) = ("search", "last");
    let context = Context { purpose, name };
    let ours = Encrypter::new(&key(), purpose);
    let text = ours.encrypt_with_nonce(context, b"hello", 0, nonce());
    let mut read = Ciphertext::read(context, &text).unwrap();
    let mut other = Key::from_bytes([9; 32]).unwrap();
    other.pretend_id(key().id());
    for wrong in [
        Encrypter::new(&other, purpose),
        Encrypter::new(&key(), "other"),
    ] {
        assert!(!read.decrypt_with(&wrong), "only the id is the same");
    }
    assert!(read.decrypt_with(&ours));
    assert_eq!(read.into_value(), b"hello");
}
