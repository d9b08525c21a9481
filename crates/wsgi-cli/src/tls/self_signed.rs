//! A certificate for development, which its own key has signed.

use std::{
    io, iter,
    net::IpAddr,
    time::{Duration, SystemTime},
};

use rcgen::{
    CertificateParams, DnType, ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose, date_time_ymd,
};
use sha2::{Digest, Sha256};

use crate::{address::Address, failure::cannot};

/// The hosts that every certificate is for.
const HOSTS: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// The time that a certificate is valid for. Browsers refuse those that are valid for years.
const LIFETIME: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// The time by which a clock may be late.
const TOLERANCE: Duration = Duration::from_secs(24 * 60 * 60);

/// A certificate and its key, made for this run of the program.
#[derive(Debug)]
pub(super) struct SelfSigned {
    /// PEM.
    pub(super) certificate: String,
    /// PEM.
    pub(super) key: String,
    hosts: Vec<String>,
    fingerprint: String,
}

impl SelfSigned {
    /// Makes a certificate for a server that listens on this address.
    ///
    /// # Errors
    ///
    /// The host cannot be in a certificate.
    pub(super) fn new(bind: Option<&Address>) -> io::Result<Self> {
        let hosts: Vec<_> = HOSTS
            .into_iter()
            .chain(own_host(bind))
            .map(str::to_owned)
            .collect();
        Self::for_hosts(hosts)
            .map_err(|error| cannot("make a certificate for the host of --bind", &error))
    }

    fn for_hosts(hosts: Vec<String>) -> Result<Self, rcgen::Error> {
        let mut params = CertificateParams::new(hosts.clone())?;
        let name = &mut params.distinguished_name;
        name.push(DnType::CommonName, "wsgi (self-signed)");
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let now = date_time_ymd(1970, 1, 1) + now.unwrap_or_default();
        params.not_before = now - TOLERANCE;
        params.not_after = now + LIFETIME;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let key = KeyPair::generate()?;
        let certificate = params.self_signed(&key)?;
        let digest = Sha256::digest(certificate.der());
        let digits: Vec<_> = digest.iter().map(|byte| format!("{byte:02X}")).collect();
        Ok(Self {
            certificate: certificate.pem(),
            key: key.serialize_pem(),
            hosts,
            fingerprint: digits.join(":"),
        })
    }

    /// A line that tells the hosts and the fingerprint.
    pub(super) fn note(&self) -> String {
        let (hosts, fingerprint) = (self.hosts.join(", "), &self.fingerprint);
        format!("self-signed certificate for {hosts}; SHA-256 fingerprint {fingerprint}")
    }
}

/// The host of an address, if it is a particular one that every certificate lacks.
fn own_host(bind: Option<&Address>) -> impl Iterator<Item = &str> {
    let host = match bind {
        Some(Address::Tcp { host, .. }) => Some(&**host),
        _ => None,
    };
    let is_every = |host: &str| {
        host.parse::<IpAddr>()
            .map_or(host.is_empty(), |address| address.is_unspecified())
    };
    let is_new = move |host: &&str| !is_every(host) && !HOSTS.contains(host);
    iter::once(host).flatten().filter(is_new)
}

#[cfg(test)]
mod tests {
    use super::SelfSigned;

    #[test]
    fn the_host_of_the_address_is_added() {
        let usual = "localhost, 127.0.0.1, ::1";
        for (bind, hosts) in [
            ("127.0.0.1:80", usual.to_owned()),
            ("[::1]:80", usual.to_owned()),
            ("localhost:80", usual.to_owned()),
            (":80", usual.to_owned()),
            ("0.0.0.0:80", usual.to_owned()),
            ("[::]:80", usual.to_owned()),
            ("unix:/run/demo", usual.to_owned()),
            ("192.0.2.1:80", format!("{usual}, 192.0.2.1")),
            ("[2001:db8::1]:80", format!("{usual}, 2001:db8::1")),
            ("dev.example:80", format!("{usual}, dev.example")),
        ] {
            let address = bind.parse().expect("an address");
            let made = SelfSigned::new(Some(&address)).expect("a certificate");
            let start = format!("self-signed certificate for {hosts}; SHA-256 fingerprint ");
            let note = made.note();
            let fingerprint = note.strip_prefix(&start).expect(&note);
            assert_eq!(fingerprint.split(':').count(), 32, "{note}");
        }
        assert!(SelfSigned::new(None).is_ok());
    }

    #[test]
    fn a_host_that_cannot_be_in_a_certificate_is_an_error() {
        let address = "b\u{fc}cher.example:80".parse().expect("an address");
        let error = SelfSigned::new(Some(&address)).expect_err("an error");
        assert!(error.to_string().contains("--bind"), "{error}");
    }
}
