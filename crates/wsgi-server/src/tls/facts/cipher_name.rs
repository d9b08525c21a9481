//! The names of cipher suites.

use rustls::CipherSuite;

/// The name of a cipher suite as OpenSSL writes it, and with it Apache and nginx. For TLS 1.3 that
/// is the name in the IANA's registry. So is the name of a suite that only a configuration of the
/// user's own can have.
pub(crate) fn cipher_name(suite: CipherSuite) -> &'static str {
    match suite {
        CipherSuite::TLS13_AES_128_GCM_SHA256 => "TLS_AES_128_GCM_SHA256",
        CipherSuite::TLS13_AES_256_GCM_SHA384 => "TLS_AES_256_GCM_SHA384",
        CipherSuite::TLS13_CHACHA20_POLY1305_SHA256 => "TLS_CHACHA20_POLY1305_SHA256",
        CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 => "ECDHE-ECDSA-AES128-GCM-SHA256",
        CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384 => "ECDHE-ECDSA-AES256-GCM-SHA384",
        CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256 => {
            "ECDHE-ECDSA-CHACHA20-POLY1305"
        }
        CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 => "ECDHE-RSA-AES128-GCM-SHA256",
        CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 => "ECDHE-RSA-AES256-GCM-SHA384",
        CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256 => "ECDHE-RSA-CHACHA20-POLY1305",
        other => other.as_str().unwrap_or("unknown"),
    }
}

#[cfg(test)]
mod tests {
    use rustls::crypto::ring::ALL_CIPHER_SUITES;

    use super::*;

    #[test]
    fn every_suite_of_the_provider_has_its_name_in_openssl() {
        for suite in ALL_CIPHER_SUITES {
            let name = cipher_name(suite.suite());
            let is_tls13 = suite.tls13().is_some();
            assert_eq!(name.starts_with("TLS_"), is_tls13, "{name}");
            assert_eq!(name.starts_with("ECDHE-"), !is_tls13, "{name}");
        }
        assert_eq!(ALL_CIPHER_SUITES.len(), 9);
    }

    #[test]
    fn another_suite_has_its_name_in_the_registry() {
        let suite = CipherSuite::TLS_RSA_WITH_AES_128_CBC_SHA;
        assert_eq!(cipher_name(suite), "TLS_RSA_WITH_AES_128_CBC_SHA");
        assert_eq!(cipher_name(CipherSuite::Unknown(0x1234)), "unknown");
    }
}
