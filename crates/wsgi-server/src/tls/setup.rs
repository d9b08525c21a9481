//! A TLS setup.

use std::{
    fmt,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};

use rustls::{
    ServerConfig,
    crypto::{CryptoProvider, ring},
    sign::{CertifiedKey, SingleCertAndKey},
};

use crate::tls::{
    builder::TlsBuilder,
    error::{Place, TlsError, TlsErrorKind},
    listener_tls::{ListenerTls, Slot},
    pem,
};

/// The only protocol that this server speaks over TLS (RFC 7301 section 6).
const ALPN: &[u8] = b"http/1.1";

/// A TLS setup that listeners use: certificates and their keys. It is cheap to clone: a clone is a
/// handle to the same setup.
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
/// # std::fs::remove_dir_all(folder)?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone)]
pub struct Tls {
    shared: Arc<Shared>,
}

struct Shared {
    /// The files, unless the configuration is the user's own.
    sources: Option<TlsBuilder>,
    state: Mutex<State>,
}

struct State {
    /// The configuration that listeners adapt.
    config: Arc<ServerConfig>,
    /// The listeners that use the setup.
    slots: Vec<Weak<Slot>>,
}

impl Tls {
    /// Creates a builder, which sets certificates and everything else.
    pub fn builder() -> TlsBuilder {
        TlsBuilder::default()
    }

    /// Creates a setup with one certificate. The first file contains it, followed by those of the
    /// authorities between it and a root; the second contains its key. Both are PEM.
    ///
    /// # Errors
    ///
    /// A file cannot be read or used.
    pub fn from_pem_files(
        certificate: impl AsRef<Path>,
        key: impl AsRef<Path>,
    ) -> Result<Self, TlsError> {
        Self::builder().certificate_files(certificate, key).build()
    }

    pub(crate) fn new(sources: TlsBuilder) -> Result<Self, TlsError> {
        let config = load(&sources)?;
        Ok(Self::with(Some(sources), Arc::new(config)))
    }

    fn with(sources: Option<TlsBuilder>, config: Arc<ServerConfig>) -> Self {
        let slots = Vec::new();
        Self {
            shared: Arc::new(Shared {
                sources,
                state: Mutex::new(State { config, slots }),
            }),
        }
    }

    /// Reads all files again. New connections use what they contain now; others go on. A setup of
    /// [one's own configuration](Self::set_config) has no files, so that nothing happens.
    ///
    /// # Errors
    ///
    /// A file cannot be read or used. The server then goes on with what it has.
    pub fn reload(&self) -> Result<(), TlsError> {
        let mut state = self.state();
        if let Some(sources) = &self.shared.sources {
            state.replace(Arc::new(load(sources)?));
        }
        Ok(())
    }

    /// Replaces the configuration. New connections use this one; others go on.
    ///
    /// # Errors
    ///
    /// The configuration does not fit this server ([`TlsErrorKind::Configuration`]).
    pub fn set_config(&self, config: Arc<ServerConfig>) -> Result<(), TlsError> {
        check(&config)?;
        self.state().replace(config);
        Ok(())
    }

    /// Checks a configuration of the user's own.
    pub(crate) fn check(&self) -> Result<(), TlsError> {
        check(&self.state().config)
    }

    /// The setup for the listener with this address.
    pub(crate) fn at(&self, _listener: &str) -> ListenerTls {
        let mut state = self.state();
        let slot = Arc::new(Slot::new(&state.config));
        state.slots.retain(|slot| slot.strong_count() > 0);
        state.slots.push(Arc::downgrade(&slot));
        ListenerTls { slot }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        let state = &self.shared.state;
        state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn replace(&mut self, config: Arc<ServerConfig>) {
        self.slots.retain(|slot| match slot.upgrade() {
            Some(slot) => {
                slot.set(&config);
                true
            }
            None => false,
        });
        self.config = config;
    }
}

fn load(sources: &TlsBuilder) -> Result<ServerConfig, TlsError> {
    let Some((certificate, key)) = &sources.files else {
        let place = Place::Given("the TLS setup");
        let problem = "it has no certificate";
        return Err(TlsError::new(TlsErrorKind::Certificate, place, problem));
    };
    let refuse = |error: rustls::Error| {
        let place = Place::File(certificate.clone());
        TlsError::new(TlsErrorKind::Certificate, place, error)
    };
    let provider: Arc<CryptoProvider> = ring::default_provider().into();
    let chain = pem::certificates(certificate)?;
    let certified = CertifiedKey::from_der(chain, pem::key(key)?, &provider).map_err(refuse)?;
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(refuse)?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(SingleCertAndKey::from(certified)));
    config.alpn_protocols = vec![ALPN.to_vec()];
    Ok(config)
}

/// Refuses a configuration with which clients and this server would misunderstand each other.
fn check(config: &ServerConfig) -> Result<(), TlsError> {
    let refuse = |problem: &str| {
        let place = Place::Given("the TLS configuration");
        Err(TlsError::new(TlsErrorKind::Configuration, place, problem))
    };
    if config
        .alpn_protocols
        .iter()
        .any(|protocol| protocol != ALPN)
    {
        return refuse("its ALPN offers other protocols than http/1.1, which this server lacks");
    }
    if config.max_early_data_size > 0 {
        return refuse(
            "it accepts early data, which can be replayed and which this server ignores",
        );
    }
    Ok(())
}

/// A setup of one's own configuration. [`Builder::build`](crate::Builder::build) refuses it if its
/// ALPN has other protocols than `http/1.1`, or if it accepts early data.
impl From<Arc<ServerConfig>> for Tls {
    fn from(config: Arc<ServerConfig>) -> Self {
        Self::with(None, config)
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls")
            .field("sources", &self.shared.sources)
            .finish_non_exhaustive()
    }
}
