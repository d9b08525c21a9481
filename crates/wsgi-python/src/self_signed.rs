//! A certificate for development, which its own key has signed.

use std::{
    net::IpAddr,
    time::{Duration, SystemTime},
};

use pyo3::{exceptions::PyOSError, prelude::*};
use rcgen::{
    CertificateParams, DnType, ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose, date_time_ymd,
};
use ring::digest::{SHA256, digest};

/// The hosts that every certificate is for.
const HOSTS: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// The time that a certificate is valid for. Browsers refuse those that are valid for years.
const LIFETIME: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// The time by which a clock may be late.
const TOLERANCE: Duration = Duration::from_secs(24 * 60 * 60);

/// A certificate and its key, made for this process and its workers. The key is a secret, so that
/// nothing with it is `Debug`.
#[pyclass(frozen, from_py_object, module = "wsgi_rs")]
#[derive(Clone)]
pub(crate) struct SelfSigned {
    /// PEM.
    pub(crate) certificate: String,
    /// PEM.
    pub(crate) key: String,
    hosts: Vec<String>,
    fingerprint: String,
}

#[pymethods]
impl SelfSigned {
    /// Makes a certificate for a server at these addresses, such as `dev.example:8443`.
    ///
    /// # Errors
    ///
    /// The host of an address cannot be in a certificate.
    #[new]
    fn new(addresses: Vec<String>) -> PyResult<Self> {
        let mut hosts = HOSTS.map(str::to_owned).to_vec();
        for address in addresses {
            if let Some(host) = own_host(&address)
                && !hosts.iter().any(|known| known == host)
            {
                hosts.push(host.to_owned());
            }
        }
        Self::for_hosts(hosts).map_err(|error| {
            let problem = format!("cannot make a certificate for the host of an address: {error}");
            PyOSError::new_err(problem)
        })
    }

    /// A line that tells the hosts and the fingerprint.
    #[getter]
    fn note(&self) -> String {
        let (hosts, fingerprint) = (self.hosts.join(", "), &self.fingerprint);
        format!("self-signed certificate for {hosts}; SHA-256 fingerprint {fingerprint}")
    }
}

impl SelfSigned {
    fn for_hosts(hosts: Vec<String>) -> Result<Self, rcgen::Error> {
        let mut params = CertificateParams::new(hosts.clone())?;
        let name = &mut params.distinguished_name;
        name.push(DnType::CommonName, "wsgi-rs (self-signed)");
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let now = date_time_ymd(1970, 1, 1) + now.unwrap_or_default();
        params.not_before = now - TOLERANCE;
        params.not_after = now + LIFETIME;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let key = KeyPair::generate()?;
        let certificate = params.self_signed(&key)?;
        let fingerprint = digest(&SHA256, certificate.der());
        let bytes = fingerprint.as_ref().iter();
        let digits: Vec<_> = bytes.map(|byte| format!("{byte:02X}")).collect();
        Ok(Self {
            certificate: certificate.pem(),
            key: key.serialize_pem(),
            hosts,
            fingerprint: digits.join(":"),
        })
    }
}

/// The host of an address, if it is a particular one.
fn own_host(address: &str) -> Option<&str> {
    if address.starts_with("unix:") {
        return None;
    }
    let (host, _) = address.rsplit_once(':')?;
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let is_every = host
        .parse::<IpAddr>()
        .map_or(host.is_empty(), |address| address.is_unspecified());
    (!is_every).then_some(host)
}
