//! The choice of a certificate by the name that the client asks for.

use std::{collections::HashMap, sync::Arc};

use rustls::{
    SignatureAlgorithm, SignatureScheme,
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};

use crate::tls::certificates::certificate::Certificate;

/// Certificates, to choose one by the name that the client asks for (RFC 6066 section 3).
///
/// Those for exactly this name come first, then those with a wildcard in place of its first label
/// (RFC 9525 section 6.3), and then the default, which is the first of all. Among them the first
/// with a key that the client can verify is chosen. So there can be one with an RSA key and one
/// with an ECDSA key for the same name.
///
/// If the client can verify none, the handshake ends. It ends with the alert that says why if the
/// default is chosen whose kind of key the client does not know.
#[derive(Debug)]
pub(crate) struct ByName {
    names: HashMap<String, Vec<Arc<CertifiedKey>>>,
    /// By the part of the name that follows the wildcard and its dot.
    wildcards: HashMap<String, Vec<Arc<CertifiedKey>>>,
    default: Option<Arc<CertifiedKey>>,
    /// A resolver of the user's own, which is asked first.
    own: Option<Arc<dyn ResolvesServerCert>>,
}

impl ByName {
    pub(crate) fn new(
        certificates: &[Certificate],
        own: Option<Arc<dyn ResolvesServerCert>>,
    ) -> Self {
        let mut names: HashMap<_, Vec<_>> = HashMap::new();
        let mut wildcards: HashMap<_, Vec<_>> = HashMap::new();
        for certificate in certificates {
            let certified = &certificate.certified;
            for name in &certificate.names {
                let (map, name) = match name.strip_prefix("*.") {
                    Some(rest) => (&mut wildcards, rest),
                    None => (&mut names, name.as_str()),
                };
                map.entry(name.to_owned())
                    .or_default()
                    .push(certified.clone());
            }
        }
        Self {
            names,
            wildcards,
            default: certificates.first().map(|first| first.certified.clone()),
            own,
        }
    }

    fn choose(&self, name: Option<&str>, schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        let name = name.unwrap_or_default().trim_end_matches('.');
        let exact = self.names.get(name);
        let rest = name.split_once('.').map(|(_, rest)| rest);
        let wildcard = rest.and_then(|rest| self.wildcards.get(rest));
        let candidates = [exact, wildcard].into_iter().flatten().flatten();
        let suits = |candidate: &&Arc<_>| has_scheme(candidate, schemes);
        let found = candidates.chain(&self.default).find(suits);
        let unknown = || self.default.as_ref().filter(|key| is_unknown(key, schemes));
        found.or_else(unknown).cloned()
    }
}

/// Whether the key can sign in a way that the client can verify.
fn has_scheme(certified: &CertifiedKey, schemes: &[SignatureScheme]) -> bool {
    certified.key.choose_scheme(schemes).is_some()
}

/// Whether the client knows no scheme for keys of this kind. In TLS 1.2 there are two: suites for
/// RSA, and those for keys on elliptic curves.
fn is_unknown(certified: &CertifiedKey, schemes: &[SignatureScheme]) -> bool {
    let is_rsa = certified.key.algorithm() == SignatureAlgorithm::RSA;
    schemes.iter().all(|scheme| is_for_rsa(*scheme) != is_rsa)
}

fn is_for_rsa(scheme: SignatureScheme) -> bool {
    matches!(
        scheme,
        SignatureScheme::RSA_PKCS1_SHA1
            | SignatureScheme::RSA_PKCS1_SHA256
            | SignatureScheme::RSA_PKCS1_SHA384
            | SignatureScheme::RSA_PKCS1_SHA512
            | SignatureScheme::RSA_PSS_SHA256
            | SignatureScheme::RSA_PSS_SHA384
            | SignatureScheme::RSA_PSS_SHA512
    )
}

impl ResolvesServerCert for ByName {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let Some(own) = &self.own else {
            // The name is in small letters already.
            return self.choose(hello.server_name(), hello.signature_schemes());
        };
        let name = hello.server_name().map(str::to_owned);
        let schemes = hello.signature_schemes().to_vec();
        own.resolve(hello)
            .or_else(|| self.choose(name.as_deref(), &schemes))
    }
}
