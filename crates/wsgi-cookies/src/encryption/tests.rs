//! Texts with known nonces, which another implementation of the cipher computed.

use super::*;

/// The key of the README's test vectors: the bytes 0 to 31.
fn key() -> Key {
    Key::from_bytes(std::array::from_fn::<u8, 32, _>(|index| index as u8)).unwrap()
}

/// The nonce of the README's test vectors: the bytes 64 to 87.
fn nonce() -> [u8; 24] {
    std::array::from_fn(|index| 64 + index as u8)
}

#[track_caller]
fn check(context: Context<'_>, value: &[u8], issued: u64, nonce: [u8; 24], expected: &str) {
    let text = encrypt_with_nonce(&key(), context, value, issued, nonce);
    assert_eq!(text, expected);
    let mut read = Ciphertext::read(context, expected).unwrap();
    assert_eq!(read.issued(), issued);
    assert!(read.is_decrypted_by(&key(), context.purpose));
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
        "AiuxhWQAAAAAa0nSAEBBQkNERUZHSElKS0xNTk9QUVJTVFVWVw5qtdQQSEOhpmeyUiirn52Ls7hZLg",
    );
}

#[test]
fn version_2_without_purpose_name_and_value() {
    let (purpose, name) = ("", "");
    check(
        Context { purpose, name },
        b"",
        0,
        [0; 24],
        "AiuxhWQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAPvhC7jWnlKki3SQAL6cBuc",
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
        "AiuxhWQAAAA6__RBf0BBQkNERUZHSElKS0xNTk9QUVJTVFVWVyqcd6z3D3RsRA1sRcy4EjHVsOteJ80UGslpLPqb\
         vfJR9wU5u9L5CUroqUqxLbNAChCi7c73T8izS6ZG0VWSK7HKLhyF-XH4VPSDvG4RQSm1THiZrIUW9VzWSMIkf73s\
         miCUJSjIcBfZa2-PQQkGuLqWAoH6rxQMFRc6GTnZB-j3ng0LaREPqPKWa6_eEPqe07xGiQSfjSc0B2u4mqoeMqIK\
         H-dak5v6TMgbRm4qzO_rlJMYKBFQeN4d0ahZssMtjA9PYuakssB53C6FgLWCQOGZR87P8r56kg",
    );
}

#[test]
fn a_value_stays_encrypted_after_a_wrong_key() {
    let (purpose, name) = ("search", "last");
    let context = Context { purpose, name };
    let text = encrypt_with_nonce(&key(), context, b"hello", 0, nonce());
    let mut read = Ciphertext::read(context, &text).unwrap();
    let mut other = Key::from_bytes([9; 32]).unwrap();
    assert!(!read.is_decrypted_by(&other, purpose));
    other.pretend_id(key().id());
    assert!(
        !read.is_decrypted_by(&other, purpose),
        "only the id is the same"
    );
    assert!(!read.is_decrypted_by(&key(), "other"));
    assert!(read.is_decrypted_by(&key(), purpose));
    assert_eq!(read.into_value(), b"hello");
}
