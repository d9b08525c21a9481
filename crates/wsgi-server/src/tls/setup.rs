//! A TLS setup.

use std::{
    fmt,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::SystemTime,
};

use rustls::ServerConfig;

use crate::tls::{
    contents::Contents,
    error::TlsError,
    listener_tls::{ListenerTls, Slot},
    pem::Pem,
    sources::Sources,
    tickets::keys::TicketKeys,
};

/// A TLS setup that listeners use: certificates, client authorities and ticket keys. It is cheap to
/// clone: a clone is a handle to the same setup.
///
/// ```
/// use wsgi_server::{Listener, Tls};
///
/// let folder = std::env::temp_dir().join(format!("tls-{}", std::process::id()));
/// std::fs::create_dir_all(&folder)?;
/// let (certificate, key) = (folder.join("cert.pem"), folder.join("key.pem"));
/// # let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
/// # std::fs::write(&certificate, made.cert.pem())?;
/// # std::fs::write(&key, made.signing_key.serialize_pem())?;
/// let tls = Tls::from_pem_files(&certificate, &key)?;
/// let listener = Listener::bind("127.0.0.1:0")?.tls(&tls);
/// # let _ = listener;
/// tls.reload()?; // reads the files again
///
/// std::fs::remove_file(&certificate)?;
/// let error = tls.reload().unwrap_err(); // and the server goes on with what it has
/// assert_eq!(error.path(), Some(&*certificate));
/// # std::fs::remove_dir_all(folder)?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone)]
pub struct Tls {
    shared: Arc<Shared>,
}

struct Shared {
    /// The places of the contents, unless the configuration is the user's own.
    sources: Option<(Sources, TicketKeys)>,
    state: Mutex<State>,
}

struct State {
    contents: Contents,
    /// The listeners that use the setup.
    slots: Vec<Weak<Slot>>,
}

impl Tls {
    /// Creates a setup with one certificate. The first file contains it, followed by those of the
    /// authorities between it and a root; the second contains its key. Both are PEM.
    ///
    /// # Errors
    ///
    /// A file cannot be read or used: any of [`TlsErrorKind`](crate::TlsErrorKind).
    pub fn from_pem_files(
        certificate: impl AsRef<Path>,
        key: impl AsRef<Path>,
    ) -> Result<Self, TlsError> {
        let mut sources = Sources::new();
        let files = (Pem::file(certificate), Pem::file(key));
        sources.certificates.push(files);
        Self::new(sources)
    }

    pub(crate) fn new(sources: Sources) -> Result<Self, TlsError> {
        let keys = match &sources.ticket_keys {
            Some(keys) => keys.clone(),
            None => {
                let now = sources.clock.current_time();
                TicketKeys::random_at(now.map_or(0, |now| now.as_secs()))?
            }
        };
        let (contents, fresh) = Contents::load(&sources, &keys)?;
        keys.replace(fresh);
        Ok(Self::with(Some((sources, keys)), contents))
    }

    fn with(sources: Option<(Sources, TicketKeys)>, contents: Contents) -> Self {
        let slots = Vec::new();
        Self {
            shared: Arc::new(Shared {
                sources,
                state: Mutex::new(State { contents, slots }),
            }),
        }
    }

    /// Reads all files again. New connections use what they contain now; others go on. Tickets stay
    /// good, unless the client authorities or revocation lists have changed.
    ///
    /// For a setup of [one's own configuration](Self::set_config), which has no files, nothing
    /// happens.
    ///
    /// # Errors
    ///
    /// A file cannot be read or used: any of [`TlsErrorKind`](crate::TlsErrorKind). Then nothing
    /// has changed, and the server goes on with what it has.
    pub fn reload(&self) -> Result<(), TlsError> {
        let mut state = self.state();
        if let Some((sources, keys)) = &self.shared.sources {
            let (contents, fresh) = Contents::load(sources, keys)?;
            keys.replace(fresh);
            state.replace(contents);
        }
        Ok(())
    }

    /// Replaces the configuration of a setup of one's own. New connections use this one; others go
    /// on.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use rustls::{ServerConfig, crypto::ring, server::ResolvesServerCertUsingSni};
    /// use wsgi_server::{Tls, TlsErrorKind};
    ///
    /// let provider = Arc::new(ring::default_provider());
    /// let mut config = ServerConfig::builder_with_provider(provider)
    ///     .with_safe_default_protocol_versions()?
    ///     .with_no_client_auth()
    ///     .with_cert_resolver(Arc::new(ResolvesServerCertUsingSni::new()));
    /// let tls = Tls::from(Arc::new(config.clone()));
    ///
    /// config.alpn_protocols = vec![b"h2".to_vec()];
    /// let error = tls.set_config(Arc::new(config)).unwrap_err();
    /// assert_eq!(error.kind(), TlsErrorKind::Configuration);
    /// # Ok::<(), rustls::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`TlsErrorKind::Configuration`](crate::TlsErrorKind::Configuration) if the configuration
    /// does not fit this server: its ALPN has protocols other than `http/1.1` and `http/1.0`, it
    /// accepts early data, or no connection can be made by it. It is the same if this setup was
    /// built from certificates.
    pub fn set_config(&self, config: Arc<ServerConfig>) -> Result<(), TlsError> {
        if self.shared.sources.is_some() {
            let text = "the TLS setup was built from certificates: reload it instead of replacing \
                        its configuration";
            return Err(TlsError::configuration(text));
        }
        let contents = Contents::own(config);
        contents.check()?;
        self.state().replace(contents);
        Ok(())
    }

    /// The time when the first of the certificates expires, so that a program can warn of it.
    /// `None` for a setup without certificates of its own: one with only a resolver, or of one's
    /// own configuration.
    #[must_use]
    pub fn expires_at(&self) -> Option<SystemTime> {
        self.state().contents.expires_at
    }

    /// Refuses a configuration of the user's own that does not fit this server.
    pub(crate) fn check(&self) -> Result<(), TlsError> {
        self.state().contents.check()
    }

    /// The setup for the listener with this address.
    pub(crate) fn at(&self, listener: &str) -> ListenerTls {
        let mut state = self.state();
        let slot = Arc::new(Slot::new(listener, state.contents.at(listener)));
        state.slots.retain(|slot| slot.strong_count() > 0);
        state.slots.push(Arc::downgrade(&slot));
        ListenerTls::new(&slot)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        let state = &self.shared.state;
        state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn replace(&mut self, contents: Contents) {
        self.slots.retain(|slot| match slot.upgrade() {
            Some(slot) => {
                slot.set(contents.at(&slot.listener));
                true
            }
            None => false,
        });
        self.contents = contents;
    }
}

/// A setup of one's own configuration, for which [`Builder::build`](crate::Builder::build) fails
/// where [`set_config`](Tls::set_config) would, which replaces it.
impl From<Arc<ServerConfig>> for Tls {
    fn from(config: Arc<ServerConfig>) -> Self {
        Self::with(None, Contents::own(config))
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sources = self.shared.sources.as_ref().map(|(sources, _)| sources);
        f.debug_struct("Tls")
            .field("sources", &sources)
            .finish_non_exhaustive()
    }
}
