//! The tag of a message, against the cases of RFC 4231, section 4, and against messages of every
//! length around the blocks of the hash.

use hmac::{Hmac, Mac};

use super::*;

fn tag(key: &[u8], data: &[u8]) -> [u8; 32] {
    let mac = HmacSha256::new_from_slice(key).unwrap();
    let key_id = [0; 4];
    Signer { key_id, mac }.tag(data)
}

/// Checks the first bytes of a tag against `expected`, in hexadecimal.
#[track_caller]
fn check(key: &[u8], data: &[u8], expected: &str) {
    let tag = tag(key, data);
    let hexadecimal: String = tag.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(&hexadecimal[..expected.len()], expected);
}

#[test]
fn rfc4231_case_1() {
    check(
        &[0x0b; 20],
        b"Hi There",
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
    );
}

#[test]
fn rfc4231_case_2() {
    check(
        b"Jefe",
        b"what do ya want for nothing?",
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    );
}

#[test]
fn rfc4231_case_3() {
    check(
        &[0xaa; 20],
        &[0xdd; 50],
        "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
    );
}

#[test]
fn rfc4231_case_4() {
    let key: Vec<u8> = (1..=25).collect();
    check(
        &key,
        &[0xcd; 50],
        "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
    );
}

#[test]
fn rfc4231_case_5() {
    check(
        &[0x0c; 20],
        b"Test With Truncation",
        "a3b6167473100ee06e0c796c2955552b",
    );
}

#[test]
fn rfc4231_case_6() {
    check(
        &[0xaa; 131],
        b"Test Using Larger Than Block-Size Key - Hash Key First",
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
    );
}

#[test]
fn rfc4231_case_7() {
    check(
        &[0xaa; 131],
        b"This is a test using a larger than block-size key and a larger than block-size data. \
          The key needs to be hashed before being used by the HMAC algorithm.",
        "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
    );
}

#[test]
fn a_message_of_any_length_has_the_tag_of_the_whole_message() {
    for length in 0..=260 {
        let data: Vec<u8> = (0..length).map(|at| at as u8).collect();
        for key in [&data[..length.min(32)], &[7; 64], &[7; 65]] {
            let mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key).unwrap();
            let expected = mac.chain_update(&data).finalize().into_bytes();
            assert_eq!(tag(key, &data), *expected, "{length} bytes");
        }
    }
}
