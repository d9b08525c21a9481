//! The other side of a request, as its environ knows it.

use std::sync::Arc;

use wsgi_environ::{Connection, Deadline, Environ, WatchedConnection};

use crate::peers::{client::Client, lookout::Lookout, peer::Peer};

/// The other side of requests, as their environs know it: the peer, or the client that it names.
#[derive(Debug)]
pub(crate) struct Requester {
    peer: Arc<Peer>,
    client: Option<Box<Client>>,
    /// The watch over the deadlines of the requests.
    lookout: Arc<Lookout>,
}

impl Requester {
    pub(crate) fn new(
        peer: &Arc<Peer>,
        client: Option<Box<Client>>,
        lookout: &Arc<Lookout>,
    ) -> Self {
        Self {
            peer: peer.clone(),
            client,
            lookout: lookout.clone(),
        }
    }
}

impl Connection for Requester {
    fn variable(&self, name: &str) -> Option<&[u8]> {
        match &self.client {
            None => self.peer.variable(name),
            Some(client) => client.variable(name, &self.peer),
        }
    }

    fn names(&self) -> &[&str] {
        match &self.client {
            None => self.peer.names(),
            Some(client) => client.names(),
        }
    }

    fn is_connected(&self) -> bool {
        self.peer.is_connected()
    }
}

impl WatchedConnection<Environ> for Requester {
    fn watch(self: Arc<Self>, deadline: &Arc<Deadline<Environ>>) {
        self.lookout.watch(&self.peer, deadline);
    }
}
