//! The connections to the upstream server that are kept, and the number of those in use.

use std::{
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use crate::connection::Connection;

/// The time for which a connection is kept. Many servers close theirs after five seconds.
const KEPT: Duration = Duration::from_secs(4);

/// Connections that wait for a request, and the number of requests that are passed on.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pool(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    /// The oldest first, each with the time since when it is here.
    idle: Vec<(Instant, Connection)>,
    requests: usize,
}

/// A request among those that are passed on, until it is dropped.
#[derive(Debug)]
pub(crate) struct Place(Pool);

impl Pool {
    /// A place for a request, unless `most` have one.
    pub(crate) fn enter(&self, most: usize) -> Option<Place> {
        let mut state = self.state();
        let is_free = state.requests < most;
        state.requests += usize::from(is_free);
        is_free.then(|| Place(self.clone()))
    }

    /// The connection that was used last, if it is open.
    pub(crate) fn take(&self) -> Option<Connection> {
        loop {
            let mut state = self.state();
            let old = state.remove_old();
            let newest = state.idle.pop();
            drop(state);
            drop(old);
            match newest {
                Some((_, connection)) if connection.is_quiet() => return Some(connection),
                Some(_) => {}
                None => return None,
            }
        }
    }

    /// Keeps a connection, of `most` at a time.
    pub(crate) fn keep(&self, connection: Connection, most: usize) {
        let mut state = self.state();
        let mut closed = state.remove_old();
        state.idle.push((Instant::now(), connection));
        let surplus = state.idle.len().saturating_sub(most);
        closed.extend(state.idle.drain(..surplus));
        drop(state);
        drop(closed); // closing a connection may take time
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Takes out those that were here for too long.
    fn remove_old(&mut self) -> Vec<(Instant, Connection)> {
        let young = self
            .idle
            .partition_point(|(since, _)| since.elapsed() >= KEPT);
        let rest = self.idle.split_off(young);
        mem::replace(&mut self.idle, rest)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.state().requests -= 1;
    }
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use super::Pool;
    use crate::{connection::Connection, plain_socket::PlainSocket, socket::Socket};

    fn pair() -> (Connection, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let ours = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (theirs, _) = listener.accept().unwrap();
        (
            Connection::new(Socket::Plain(PlainSocket::Tcp(ours))),
            theirs,
        )
    }

    #[test]
    fn a_place_is_free_again_after_its_drop() {
        let pool = Pool::default();
        let places = [pool.enter(2), pool.clone().enter(2)];
        assert!(places.iter().all(Option::is_some));
        assert!(pool.enter(2).is_none());
        drop(places);
        assert!(pool.enter(1).is_some());
        assert!(pool.enter(0).is_none());
    }

    #[test]
    fn no_more_connections_are_kept_than_may_be() {
        let pool = Pool::default();
        let (pairs, mut theirs): (Vec<_>, Vec<_>) = (0..3).map(|_| pair()).unzip();
        for connection in pairs {
            pool.keep(connection, 2);
        }
        let mut byte = [0];
        assert_eq!(std::io::Read::read(&mut theirs[0], &mut byte).unwrap(), 0);
        assert!(pool.take().is_some() && pool.take().is_some());
        assert!(pool.take().is_none());
    }

    #[test]
    fn a_connection_that_the_server_has_closed_is_not_taken() {
        let pool = Pool::default();
        let (open, _theirs) = pair();
        let (closed, theirs) = pair();
        let (talking, mut talker) = pair();
        std::io::Write::write_all(&mut talker, b"HTTP/1.1 408\r\n\r\n").unwrap();
        drop(theirs);
        for connection in [open, closed, talking] {
            pool.keep(connection, 3);
        }
        assert!(pool.take().is_some());
        assert!(pool.take().is_none());
    }
}
