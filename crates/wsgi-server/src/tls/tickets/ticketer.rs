//! The tickets of one listener.

use std::{fmt, sync::Arc};

use ring::digest::{Context, SHA256};
use rustls::{server::ProducesTickets, time_provider::TimeProvider};

use crate::tls::tickets::{key::Binding, keys::TicketKeys};

/// The tickets of one listener. rustls checks that a session is resumed for the same server name
/// (RFC 6066 section 3).
pub(crate) struct Ticketer {
    keys: TicketKeys,
    binding: Binding,
    clock: Arc<dyn TimeProvider>,
}

impl Ticketer {
    /// Tickets that are good for the listener with this address, under these client authorities.
    pub(crate) fn new(
        keys: TicketKeys,
        listener: &str,
        clients: Option<&[u8; 32]>,
        clock: Arc<dyn TimeProvider>,
    ) -> Self {
        let mut context = Context::new(&SHA256);
        // Of fixed length and first, so that no two places have the same bytes.
        context.update(clients.unwrap_or(&[0; 32]));
        context.update(listener.as_bytes());
        let mut binding = Binding::default();
        binding.copy_from_slice(context.finish().as_ref());
        Self {
            keys,
            binding,
            clock,
        }
    }

    fn now(&self) -> Option<u64> {
        self.clock.current_time().map(|time| time.as_secs())
    }
}

impl ProducesTickets for Ticketer {
    fn enabled(&self) -> bool {
        true
    }

    fn lifetime(&self) -> u32 {
        self.keys.lifetime_in_seconds()
    }

    fn encrypt(&self, plain: &[u8]) -> Option<Vec<u8>> {
        self.keys.seal(plain, &self.binding, self.now()?)
    }

    fn decrypt(&self, cipher: &[u8]) -> Option<Vec<u8>> {
        self.keys.open(cipher, &self.binding, self.now()?)
    }
}

impl fmt::Debug for Ticketer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ticketer(..)")
    }
}
