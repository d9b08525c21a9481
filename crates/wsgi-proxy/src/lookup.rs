//! The addresses of the upstream server.

use std::{
    fmt,
    io::{self, ErrorKind},
    net::{IpAddr, SocketAddr, ToSocketAddrs},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

/// The most addresses of a name that are tried.
const MAX_ADDRESSES: usize = 8;

/// Finds the addresses of a host, as the system does.
type Find = dyn Fn(&str, u16) -> io::Result<Vec<SocketAddr>> + Send + Sync;

/// The addresses of a host, or the kind and the text of an error. All who wait get a copy.
type Found = Result<Vec<SocketAddr>, (ErrorKind, String)>;

/// Looks up the host of an upstream server. Clones share what is under way.
///
/// The system takes its time, which no program can limit. So another thread waits for it. There is
/// one at most: requests that come meanwhile wait for the same answer.
#[derive(Clone)]
pub(crate) struct Lookup {
    find: Arc<Find>,
    last: Arc<Mutex<Option<Arc<Answer>>>>,
}

/// An answer of the system, which may be there or not.
#[derive(Default)]
struct Answer {
    addresses: Mutex<Option<Found>>,
    is_there: Condvar,
}

impl Lookup {
    pub(crate) fn new() -> Self {
        Self::with(|host, port| {
            let addresses = (host, port).to_socket_addrs()?;
            Ok(addresses.take(MAX_ADDRESSES).collect())
        })
    }

    pub(crate) fn with(
        find: impl Fn(&str, u16) -> io::Result<Vec<SocketAddr>> + Send + Sync + 'static,
    ) -> Self {
        Self {
            find: Arc::new(find),
            last: Arc::default(),
        }
    }

    /// The addresses of a host. `None` if the system has not found them within the time.
    pub(crate) fn addresses(
        &self,
        host: &str,
        port: u16,
        timeout: Duration,
    ) -> io::Result<Option<Vec<SocketAddr>>> {
        if let Ok(address) = host.parse::<IpAddr>() {
            return Ok(Some(vec![(address, port).into()]));
        }
        let mut last = lock(&self.last);
        let answer = match &*last {
            Some(answer) if !answer.is_there() => answer.clone(),
            _ => {
                let answer = self.ask(host, port)?;
                *last = Some(answer.clone());
                answer
            }
        };
        drop(last);
        answer.wait(timeout)
    }

    /// Has another thread ask the system.
    fn ask(&self, host: &str, port: u16) -> io::Result<Arc<Answer>> {
        let answer = Arc::new(Answer::default());
        let (find, host, waiting) = (self.find.clone(), host.to_owned(), answer.clone());
        let work = move || {
            let found = find(&host, port);
            let found = found.map_err(|error| (error.kind(), error.to_string()));
            *lock(&waiting.addresses) = Some(found);
            waiting.is_there.notify_all();
        };
        thread::Builder::new()
            .name("proxy look-up".into())
            .spawn(work)?;
        Ok(answer)
    }
}

impl Answer {
    fn is_there(&self) -> bool {
        lock(&self.addresses).is_some()
    }

    fn wait(&self, timeout: Duration) -> io::Result<Option<Vec<SocketAddr>>> {
        let waited = self
            .is_there
            .wait_timeout_while(lock(&self.addresses), timeout, |found| found.is_none());
        let (found, _) = waited.unwrap_or_else(PoisonError::into_inner);
        match &*found {
            None => Ok(None),
            Some(Ok(addresses)) => Ok(Some(addresses.clone())),
            Some(Err((kind, text))) => Err(io::Error::new(*kind, text.clone())),
        }
    }
}

impl fmt::Debug for Lookup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lookup").finish_non_exhaustive()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::{
        atomic::{AtomicU32, Ordering::SeqCst},
        mpsc,
    };

    use super::*;

    const BRIEF: Duration = Duration::from_millis(20);
    const LONG: Duration = Duration::from_secs(30);

    fn address(port: u16) -> SocketAddr {
        ([127, 0, 0, 1], port).into()
    }

    #[test]
    fn a_look_up_that_hangs_holds_up_nobody_for_longer_than_they_wait_and_one_thread() {
        let (answer, answers) = mpsc::channel();
        let (answers, asked) = (Mutex::new(answers), Arc::new(AtomicU32::new(0)));
        let lookup = Lookup::with({
            let asked = asked.clone();
            move |host, port| {
                assert_eq!(host, "a.example");
                asked.fetch_add(1, SeqCst);
                lock(&answers).recv().unwrap_or(Ok(vec![address(port)]))
            }
        });
        for _ in 0..3 {
            let found = lookup.clone().addresses("a.example", 80, BRIEF);
            assert_eq!(found.unwrap(), None);
        }
        assert_eq!(asked.load(SeqCst), 1);
        let waiting = thread::spawn({
            let lookup = lookup.clone();
            move || lookup.addresses("a.example", 80, LONG)
        });
        answer.send(Ok(vec![address(1)])).unwrap();
        drop(answer); // further ones are answered at once
        let found = waiting.join().unwrap().unwrap();
        assert!(found == Some(vec![address(1)]) || found == Some(vec![address(80)]));
        let again = lookup.addresses("a.example", 81, LONG).unwrap();
        assert_eq!(again, Some(vec![address(81)]), "an answer is not kept");
    }

    #[test]
    fn an_error_keeps_its_kind_and_is_not_kept() {
        let errors = AtomicU32::new(0);
        let lookup = Lookup::with(move |_, _| match errors.fetch_add(1, SeqCst) {
            0 => Err(io::Error::new(ErrorKind::NotFound, "no such host")),
            _ => Ok(Vec::new()),
        });
        let error = lookup.addresses("a", 80, LONG).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
        assert_eq!(error.to_string(), "no such host");
        assert_eq!(lookup.addresses("a", 80, LONG).unwrap(), Some(Vec::new()));
    }

    #[test]
    fn an_address_is_not_looked_up() {
        let lookup = Lookup::with(|_, _| panic!("it is looked up"));
        for host in ["127.0.0.1", "::1"] {
            let found = lookup.addresses(host, 80, Duration::ZERO).unwrap();
            assert_eq!(
                found.unwrap()[0].to_string().parse(),
                Ok(SocketAddr::new(host.parse().unwrap(), 80))
            );
        }
    }

    #[test]
    fn the_system_finds_this_machine() {
        let found = Lookup::new().addresses("localhost", 80, LONG).unwrap();
        let found = found.unwrap_or_default();
        assert!(
            found.iter().any(|address| address.ip().is_loopback()),
            "{found:?}"
        );
    }
}
