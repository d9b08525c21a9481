//! The server name that a client asks for (RFC 6066 section 3).

use std::{cell::Cell, sync::Arc};

use rustls::{
    ServerConfig,
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};

thread_local! {
    /// The name in the last client's greeting on this thread.
    static NAME: Cell<Option<Box<str>>> = const { Cell::new(None) };
}

/// Runs a part of a handshake. Returns the name that the client asked for in it, if its
/// configuration [notes](note_in) names.
pub(crate) fn noting<T>(handshake: impl FnOnce() -> T) -> (Option<Box<str>>, T) {
    NAME.set(None);
    let result = handshake();
    (NAME.take(), result)
}

/// Has a configuration note the name that each client asks for. The connection does not tell it.
pub(crate) fn note_in(config: &mut ServerConfig) {
    config.cert_resolver = Arc::new(Noting(config.cert_resolver.clone()));
}

/// A resolver that notes the name, and leaves everything else to another one.
#[derive(Debug)]
struct Noting(Arc<dyn ResolvesServerCert>);

impl ResolvesServerCert for Noting {
    fn resolve(&self, greeting: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        NAME.set(greeting.server_name().map(Box::from));
        self.0.resolve(greeting)
    }

    fn only_raw_public_keys(&self) -> bool {
        self.0.only_raw_public_keys()
    }
}
