//! The settings of a TLS setup.

use std::{fmt, path::Path, sync::Arc};

use rustls::server::ResolvesServerCert;
#[cfg(test)]
use rustls::time_provider::TimeProvider;

use crate::tls::{
    clients::client_auth::ClientAuth, error::TlsError, pem::Pem, setup::Tls, sources::Sources,
    tickets::keys::TicketKeys, version::TlsVersion,
};

/// The maximum number of tickets after a handshake. More would cost clients only memory.
const MAX_TICKETS: usize = 8;

/// Settings of a [`Tls`] setup: certificates, client authorities, ticket keys, and the versions of
/// TLS.
///
/// All PEM data may contain items of other kinds, which are skipped. So a certificate and its key
/// can be in one file.
///
/// ```
/// use std::time::Duration;
/// use wsgi_server::{ClientAuth, TicketKeys, Tls, TlsVersion};
///
/// # let folder = std::env::temp_dir().join(format!("tls-builder-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # for (name, host) in [("main", "example.org"), ("other", "*.example.net"), ("staff", "staff")] {
/// #     let made = rcgen::generate_simple_self_signed([host.to_owned()]).unwrap();
/// #     let pem = made.cert.pem() + &made.signing_key.serialize_pem();
/// #     std::fs::write(folder.join(name).with_extension("pem"), pem)?;
/// # }
/// let (main, other) = (folder.join("main.pem"), folder.join("other.pem"));
/// let tls = Tls::builder()
///     .certificate_files(&main, &main) // also for clients that ask for an unknown name
///     .certificate_files(&other, &other)
///     .client_authorities_file(folder.join("staff.pem"))
///     .client_auth(ClientAuth::Optional)
///     .min_version(TlsVersion::V1_3)
///     .ticket_keys(TicketKeys::random()?.lifetime(Duration::from_secs(3600)))
///     .build()?;
/// assert!(tls.expires_at().is_some());
/// # std::fs::remove_dir_all(folder)?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[must_use]
pub struct TlsBuilder(Sources);

impl Tls {
    /// Creates a builder, which sets certificates and everything else.
    pub fn builder() -> TlsBuilder {
        TlsBuilder(Sources::new())
    }
}

impl TlsBuilder {
    /// Adds a certificate. The first file contains it, followed by those of the authorities between
    /// it and a root; the second contains its key: in PKCS#8, PKCS#1 or SEC1, and not encrypted.
    ///
    /// A client gets the certificate for the server name that it asks for: the first one with this
    /// DNS name, or else with a wildcard in place of its first label (`*.example.org`), among those
    /// whose kind of key it can verify. A client that asks for no name or an unknown one gets the
    /// certificate that was added first. The names are those in the certificates (subjectAltName).
    ///
    /// A certificate that has expired is used nevertheless, because a server that does not start
    /// would help nobody. [`Tls::expires_at`] tells the time.
    pub fn certificate_files(
        mut self,
        certificate: impl AsRef<Path>,
        key: impl AsRef<Path>,
    ) -> Self {
        let files = (Pem::file(certificate), Pem::file(key));
        self.0.certificates.push(files);
        self
    }

    /// Adds a certificate and its key as PEM. Everything else is as for
    /// [`certificate_files`](Self::certificate_files).
    pub fn certificate_pem(mut self, certificate: impl AsRef<[u8]>, key: impl AsRef<[u8]>) -> Self {
        self.0.certificates.push((
            Pem::given("the PEM data of a certificate", certificate),
            Pem::given("the PEM data of a private key", key),
        ));
        self
    }

    /// Sets a resolver, which chooses the certificate for each handshake. If it returns `None`, the
    /// certificates of this builder are used, or else the handshake ends.
    ///
    /// The resolver runs like an application: it may block, for example to fetch a certificate, and
    /// holds up only its own handshake.
    pub fn resolver(mut self, resolver: Arc<dyn ResolvesServerCert>) -> Self {
        self.0.resolver = Some(resolver);
        self
    }

    /// Adds a file with the certificates of authorities, and asks clients for certificates by them.
    /// [`client_auth`](Self::client_auth) says whether a client needs one.
    pub fn client_authorities_file(mut self, path: impl AsRef<Path>) -> Self {
        self.0.authorities.push(Pem::file(path));
        self
    }

    /// Adds certificates of authorities as PEM, and asks clients for certificates by them.
    pub fn client_authorities_pem(mut self, certificates: impl AsRef<[u8]>) -> Self {
        let pem = Pem::given("the PEM data of client authorities", certificates);
        self.0.authorities.push(pem);
        self
    }

    /// Adds a file with certificate revocation lists (RFC 5280 section 5), in PEM. Then a client's
    /// certificate is refused if it, or one between it and its authority, was revoked. It is also
    /// refused if there is no list of its issuer, or only one that has expired.
    pub fn client_crl_file(mut self, path: impl AsRef<Path>) -> Self {
        self.0.crls.push(Pem::file(path));
        self
    }

    /// Adds certificate revocation lists as PEM. Everything else is as for
    /// [`client_crl_file`](Self::client_crl_file).
    ///
    /// ```
    /// use wsgi_server::{Tls, TlsErrorKind};
    ///
    /// let own = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    /// # let (certificate, key) = (own.cert.pem(), own.signing_key.serialize_pem());
    /// let builder = || {
    ///     Tls::builder()
    ///         .certificate_pem(&certificate, &key)
    ///         .client_authorities_pem(&certificate)
    /// };
    /// let error = builder().client_crl_pem("no list").build().unwrap_err();
    /// assert_eq!(error.kind(), TlsErrorKind::Pem);
    /// let error = builder().client_crl_file("/nonexistent/list.pem").build().unwrap_err();
    /// assert_eq!(error.kind(), TlsErrorKind::Unreadable);
    /// ```
    pub fn client_crl_pem(mut self, lists: impl AsRef<[u8]>) -> Self {
        let pem = Pem::given("the PEM data of revocation lists", lists);
        self.0.crls.push(pem);
        self
    }

    /// Sets whether a client needs a certificate, if there are authorities; by default
    /// [`ClientAuth::Required`].
    pub fn client_auth(mut self, client_auth: ClientAuth) -> Self {
        self.0.client_auth = Some(client_auth);
        self
    }

    /// Sets the least version of TLS; by default 1.2. A client that speaks no later one cannot
    /// connect.
    pub fn min_version(mut self, version: TlsVersion) -> Self {
        self.0.min_version = version;
        self
    }

    /// Sets the keys of tickets, by which clients resume sessions; by default
    /// [`TicketKeys::random`].
    pub fn ticket_keys(mut self, keys: TicketKeys) -> Self {
        self.0.ticket_keys = Some(keys);
        self
    }

    /// Sets the number of tickets that a client of TLS 1.3 gets after a handshake; by default 2, at
    /// most 8. A client uses each one once, and so needs several to open connections at the same
    /// time. With 0 no session is resumed, in TLS 1.2 neither.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use rustls::{server::{ClientHello, ResolvesServerCert}, sign::CertifiedKey};
    /// use wsgi_server::Tls;
    ///
    /// /// Knows no name, and leaves each handshake to the certificate of the builder.
    /// #[derive(Debug)]
    /// struct Nobody;
    ///
    /// impl ResolvesServerCert for Nobody {
    ///     fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
    ///         None
    ///     }
    /// }
    ///
    /// let own = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    /// # let (certificate, key) = (own.cert.pem(), own.signing_key.serialize_pem());
    /// let builder = Tls::builder()
    ///     .certificate_pem(certificate, key)
    ///     .resolver(Arc::new(Nobody))
    ///     .tickets(4);
    /// assert!(builder.build().is_ok());
    /// ```
    pub fn tickets(mut self, tickets: usize) -> Self {
        self.0.tickets = tickets.min(MAX_TICKETS);
        self
    }

    /// Sets the clock, by which tickets and certificates of clients expire.
    #[cfg(test)]
    pub(crate) fn clock(mut self, clock: Arc<dyn TimeProvider>) -> Self {
        self.0.clock = clock;
        self
    }

    /// Reads all files, and creates the setup.
    ///
    /// # Errors
    ///
    /// Any of [`TlsErrorKind`](crate::TlsErrorKind).
    pub fn build(self) -> Result<Tls, TlsError> {
        Tls::new(self.0)
    }
}

/// The places of the data, without the data.
impl fmt::Debug for TlsBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TlsBuilder").field(&self.0).finish()
    }
}
