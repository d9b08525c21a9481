//! A client's store of sessions.

use std::sync::{
    Mutex,
    atomic::{AtomicUsize, Ordering::SeqCst},
};

use rustls::{
    NamedGroup,
    client::{ClientSessionStore, Tls12ClientSessionValue, Tls13ClientSessionValue},
};
use rustls_pki_types::ServerName;

/// A client's store of sessions that offers every session to every server, whatever its name.
#[derive(Debug, Default)]
pub(super) struct Wallet {
    tls12: Mutex<Option<Tls12ClientSessionValue>>,
    tls13: Mutex<Vec<Tls13ClientSessionValue>>,
    offers: AtomicUsize,
}

impl Wallet {
    pub(super) fn tickets(&self) -> usize {
        self.tls13.lock().unwrap().len()
    }

    /// The number of sessions that were offered.
    pub(super) fn offers(&self) -> usize {
        self.offers.load(SeqCst)
    }

    fn offer<T>(&self, session: Option<T>) -> Option<T> {
        self.offers
            .fetch_add(usize::from(session.is_some()), SeqCst);
        session
    }
}

impl ClientSessionStore for Wallet {
    fn set_kx_hint(&self, _: ServerName<'static>, _: NamedGroup) {}

    fn kx_hint(&self, _: &ServerName<'_>) -> Option<NamedGroup> {
        None
    }

    fn set_tls12_session(&self, _: ServerName<'static>, value: Tls12ClientSessionValue) {
        *self.tls12.lock().unwrap() = Some(value);
    }

    fn tls12_session(&self, _: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        self.offer(self.tls12.lock().unwrap().clone())
    }

    fn remove_tls12_session(&self, _: &ServerName<'static>) {
        *self.tls12.lock().unwrap() = None;
    }

    fn insert_tls13_ticket(&self, _: ServerName<'static>, value: Tls13ClientSessionValue) {
        self.tls13.lock().unwrap().push(value);
    }

    fn take_tls13_ticket(&self, _: &ServerName<'static>) -> Option<Tls13ClientSessionValue> {
        self.offer(self.tls13.lock().unwrap().pop())
    }
}
