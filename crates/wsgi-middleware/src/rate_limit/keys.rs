//! The keys of requests.

use std::hash::Hash;

use wsgi_application::Environ;

use super::{
    client,
    table::{KeyHash, Table},
};

pub(super) enum Keys {
    /// The address of the client.
    Addresses { ipv6_prefix: u8 },
    /// The hash of what a closure returns.
    Closure(Box<Closure>),
}

type Closure = dyn Fn(&Environ, &Table) -> Option<KeyHash> + Send + Sync;

impl Keys {
    /// The addresses of clients, those of IPv6 by /64.
    pub(super) const fn addresses() -> Self {
        Self::Addresses { ipv6_prefix: 64 }
    }

    pub(super) fn closure<K: Hash>(
        key: impl Fn(&Environ) -> Option<K> + Send + Sync + 'static,
    ) -> Self {
        Self::Closure(Box::new(move |environ, table| {
            Some(table.hash(&key(environ)?))
        }))
    }

    /// The hash of a request's key in a table. `None` if the request is not limited.
    pub(super) fn of(&self, environ: &Environ, table: &Table) -> Option<KeyHash> {
        match self {
            Self::Addresses { ipv6_prefix } => {
                Some(table.hash(&client::network(environ, *ipv6_prefix)))
            }
            Self::Closure(key) => key(environ, table),
        }
    }
}
