//! The addresses of the upstream server.

use std::{
    fmt,
    io::{self, ErrorKind},
    net::{IpAddr, SocketAddr, ToSocketAddrs},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak,
        mpsc::{Receiver, Sender, channel},
    },
    thread,
    time::Duration,
};

/// The most addresses of a name that are tried.
const MAX_ADDRESSES: usize = 8;

/// For how long the thread waits for another question. Starting one takes longer than most answers.
const IDLE: Duration = Duration::from_secs(5);

/// Finds the addresses of a host, as the system does.
type Find = dyn Fn(&str, u16) -> io::Result<Vec<SocketAddr>> + Send + Sync;

/// Starts a thread.
type Spawn = fn(Box<dyn FnOnce() + Send>) -> io::Result<()>;

/// The addresses of a host, or the kind and the text of an error. All who wait get a copy.
type Found = Result<Vec<SocketAddr>, (ErrorKind, String)>;

/// Looks up the host of an upstream server. Clones share what is under way.
///
/// The system takes its time, which no program can limit. So another thread waits for it. There is
/// one at most: requests that come meanwhile wait for the same answer. It stays for a while after
/// the last look-up.
#[derive(Clone)]
pub(crate) struct Lookup {
    find: Arc<Find>,
    spawn: Spawn,
    idle: Duration,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// The way to the thread, if there is one.
    thread: Option<Sender<Question>>,
    last: Option<Arc<Answer>>,
}

/// A host whose addresses somebody waits for.
struct Question {
    host: String,
    port: u16,
    answer: Arc<Answer>,
}

/// An answer of the system, which may have come or not.
#[derive(Default)]
struct Answer {
    addresses: Mutex<Option<Found>>,
    comes: Condvar,
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
            spawn: |work| {
                let thread = thread::Builder::new().name("proxy look-up".into());
                thread.spawn(work).map(drop)
            },
            idle: IDLE,
            state: Arc::default(),
        }
    }

    /// The addresses of a host. `None` if the system has not found them within the time.
    ///
    /// If no thread can be started, the caller's own looks up, however long that takes.
    pub(crate) fn addresses(
        &self,
        host: &str,
        port: u16,
        timeout: Duration,
    ) -> io::Result<Option<Vec<SocketAddr>>> {
        if let Ok(address) = host.parse::<IpAddr>() {
            return Ok(Some(vec![(address, port).into()]));
        }
        let mut state = lock(&self.state);
        let under_way = state.last.clone().filter(|answer| !answer.has_come());
        if let Some(answer) = under_way {
            drop(state);
            return answer.wait(timeout);
        }
        let answer = Arc::new(Answer::default());
        state.last = Some(answer.clone());
        let question = Question {
            host: host.to_owned(),
            port,
            answer: answer.clone(),
        };
        let passed = self.pass(question, &mut state);
        drop(state);
        if let Err(question) = passed {
            question.ask(&*self.find);
        }
        answer.wait(timeout)
    }

    /// Passes a question to the thread. It comes back if there is none.
    fn pass(&self, mut question: Question, state: &mut State) -> Result<(), Question> {
        if let Some(thread) = &state.thread {
            match thread.send(question) {
                Ok(()) => return Ok(()),
                Err(unsent) => question = unsent.0, // it has panicked
            }
        }
        let (thread, questions) = channel();
        let (find, idle, shared) = (self.find.clone(), self.idle, Arc::downgrade(&self.state));
        let work = Box::new(move || serve(&questions, &*find, idle, &shared));
        if (self.spawn)(work).is_err() {
            state.thread = None;
            return Err(question);
        }
        let passed = thread.send(question).map_err(|unsent| unsent.0);
        state.thread = Some(thread);
        passed
    }
}

/// Answers questions until none comes for a while, or nobody is left to ask one.
fn serve(questions: &Receiver<Question>, find: &Find, idle: Duration, shared: &Weak<Mutex<State>>) {
    let next = || {
        questions.recv_timeout(idle).ok().or_else(|| {
            let shared = shared.upgrade()?;
            let mut state = lock(&shared); // so that nobody sends
            let last = questions.try_recv().ok();
            if last.is_none() {
                state.thread = None;
            }
            last
        })
    };
    while let Some(question) = next() {
        question.ask(find);
    }
}

impl Question {
    fn ask(self, find: &Find) {
        let found = find(&self.host, self.port);
        let found = found.map_err(|error| (error.kind(), error.to_string()));
        self.answer.give(found);
    }
}

/// Answers the question if nobody has: the look-up has panicked.
impl Drop for Question {
    fn drop(&mut self) {
        if !self.answer.has_come() {
            let text = "the look-up has panicked".to_owned();
            self.answer.give(Err((ErrorKind::Other, text)));
        }
    }
}

impl Answer {
    fn has_come(&self) -> bool {
        lock(&self.addresses).is_some()
    }

    fn give(&self, found: Found) {
        *lock(&self.addresses) = Some(found);
        self.comes.notify_all();
    }

    fn wait(&self, timeout: Duration) -> io::Result<Option<Vec<SocketAddr>>> {
        let waited = self
            .comes
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
    use std::{
        sync::{
            atomic::{AtomicU32, Ordering::SeqCst},
            mpsc::RecvTimeoutError,
        },
        thread::ThreadId,
        time::Instant,
    };

    use super::*;

    const BRIEF: Duration = Duration::from_millis(20);
    const LONG: Duration = Duration::from_secs(30);

    fn address(port: u16) -> SocketAddr {
        ([127, 0, 0, 1], port).into()
    }

    #[test]
    fn a_look_up_that_hangs_holds_up_nobody_for_longer_than_they_wait_and_one_thread() {
        let (answer, answers) = channel();
        let answers = Mutex::new(answers);
        let (question, questions) = channel();
        let lookup = Lookup::with(move |host, port| {
            assert_eq!(host, "a.example");
            question.send(port).unwrap();
            lock(&answers).recv().unwrap_or(Ok(vec![address(port)]))
        });
        for _ in 0..3 {
            let found = lookup.clone().addresses("a.example", 80, BRIEF);
            assert_eq!(found.unwrap(), None);
        }
        assert_eq!(questions.recv_timeout(LONG), Ok(80));
        assert!(questions.try_recv().is_err(), "it is asked once");
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

    /// The thread that each look-up ran on.
    fn noting_threads() -> (Lookup, Receiver<ThreadId>) {
        let (note, notes) = channel();
        let lookup = Lookup::with(move |_, port| {
            note.send(thread::current().id()).unwrap();
            Ok(vec![address(port)])
        });
        (lookup, notes)
    }

    #[test]
    fn look_ups_share_a_thread_which_ends_when_none_comes_or_the_proxy_is_gone() {
        let (mut lookup, threads) = noting_threads();
        lookup.idle = LONG;
        let ask = |lookup: &Lookup| {
            let found = lookup.addresses("a", 80, LONG).unwrap();
            assert_eq!(found, Some(vec![address(80)]));
            threads.recv().unwrap()
        };
        let first = ask(&lookup);
        assert_ne!(first, thread::current().id());
        for _ in 0..10 {
            assert_eq!(ask(&lookup.clone()), first);
        }
        lookup.state = Arc::default();
        lookup.idle = BRIEF;
        let second = ask(&lookup);
        assert_ne!(second, first);
        while lock(&lookup.state).thread.is_some() {
            thread::sleep(BRIEF);
        }
        lookup.idle = LONG;
        assert_ne!(ask(&lookup), second);
        drop(lookup);
        let end = threads.recv_timeout(LONG).unwrap_err();
        assert_eq!(end, RecvTimeoutError::Disconnected);
    }

    #[test]
    fn without_another_thread_the_own_one_looks_up() {
        let (mut lookup, threads) = noting_threads();
        lookup.spawn = |_| Err(ErrorKind::WouldBlock.into());
        for _ in 0..2 {
            let found = lookup.addresses("a", 80, Duration::ZERO).unwrap();
            assert_eq!(found, Some(vec![address(80)]));
            assert_eq!(threads.recv().unwrap(), thread::current().id());
        }
    }

    #[test]
    fn a_look_up_that_panics_is_an_error_and_not_the_last_one() {
        let asked = AtomicU32::new(0);
        let lookup = Lookup::with(move |_, port| match asked.fetch_add(1, SeqCst) {
            0 => panic!("a look-up that panics, as it should"),
            _ => Ok(vec![address(port)]),
        });
        let error = lookup.addresses("a", 80, LONG).unwrap_err();
        assert_eq!(error.to_string(), "the look-up has panicked");
        // The thread may still be about to end.
        let end = Instant::now() + LONG;
        let found = loop {
            match lookup.addresses("a", 80, LONG) {
                Err(_) if Instant::now() < end => thread::yield_now(),
                found => break found.unwrap(),
            }
        };
        assert_eq!(found, Some(vec![address(80)]));
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
