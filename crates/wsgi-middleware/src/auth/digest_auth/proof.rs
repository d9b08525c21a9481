//! The proof of a client that it knows the password (RFC 7616 section 3.4.1).

use super::{authorization::Authorization, hex, secret::DigestSecret};
use crate::auth::constant_time::constant_time_eq;

/// Whether the response of a client to a request with this method follows from a secret.
pub(super) fn is_right(client: &Authorization<'_>, secret: &DigestSecret, method: &[u8]) -> bool {
    let algorithm = client.algorithm;
    let request = hex::encode(&algorithm.digest(&[method, client.uri.as_bytes()]));
    let expected = algorithm.digest(&[
        secret.to_hex().as_bytes(),
        client.nonce.as_bytes(),
        client.nc.as_bytes(),
        client.cnonce.as_bytes(),
        b"auth",
        request.as_bytes(),
    ]);
    let response = hex::decode(client.response.as_bytes());
    response.is_some_and(|response| constant_time_eq(response, expected))
}

#[cfg(test)]
mod tests {
    use super::{super::algorithm::DigestAlgorithm, *};

    #[track_caller]
    fn check(value: &str, algorithm: DigestAlgorithm, user: &str, realm: &str, password: &str) {
        let client = Authorization::parse(value.as_bytes()).expect("a response");
        let expected = match client.is_hashed {
            true => algorithm.user_hash(user, realm),
            false => user.to_owned(),
        };
        assert_eq!(
            (client.algorithm, &*client.user),
            (algorithm, expected.as_str())
        );
        let wrong = format!("{password}!");
        for (password, method, expected) in [
            (password, "GET", true),
            (password, "HEAD", false),
            (&wrong, "GET", false),
        ] {
            let secret = DigestSecret::with_algorithm(algorithm, user, realm, password);
            assert_eq!(is_right(&client, &secret, method.as_bytes()), expected);
        }
    }

    #[test]
    fn rfc_7616_section_3_9_1() {
        check(
            "Digest username=\"Mufasa\", realm=\"http-auth@example.org\", \
            uri=\"/dir/index.html\", algorithm=SHA-256, \
            nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", nc=00000001, \
            cnonce=\"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ\", qop=auth, \
            response=\"753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1\", \
            opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"",
            DigestAlgorithm::Sha256,
            "Mufasa",
            "http-auth@example.org",
            "Circle of Life",
        );
    }

    /// The hashes are those of erratum 4897: the RFC has those of another function.
    #[test]
    fn rfc_7616_section_3_9_2() {
        check(
            "Digest username=\"793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b\", \
            realm=\"api@example.org\", uri=\"/doe.json\", algorithm=SHA-512-256, \
            nonce=\"5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK\", nc=00000001, \
            cnonce=\"NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v\", qop=auth, \
            response=\"3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5\", \
            opaque=\"HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS\", userhash=true",
            DigestAlgorithm::Sha512_256,
            "J\u{e4}s\u{f8}n Doe",
            "api@example.org",
            "Secret, or not?",
        );
    }
}
