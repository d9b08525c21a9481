//! A collector with processes that do not do what they should.
#![cfg(unix)]

use std::{
    env, fs,
    io::Write,
    os::unix::net::{UnixListener, UnixStream},
    path::PathBuf,
    process,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::channel,
    },
    thread,
    time::{Duration, Instant},
};

use wsgi_metrics::{Collector, Counter, Kind, Page, Source, Teller};

/// A collector at a socket of its own.
struct Collecting {
    folder: PathBuf,
    collector: Collector,
}

impl Collecting {
    fn start(name: &str) -> Self {
        let folder = env::temp_dir().join(format!("wsgi-{name}-{}", process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        let listener = UnixListener::bind(folder.join("numbers")).expect("a socket");
        let collector = Collector::start(listener).expect("a collector");
        Self { folder, collector }
    }

    fn connect(&self) -> UnixStream {
        UnixStream::connect(self.folder.join("numbers")).expect("a stream")
    }

    fn tell(&self, source: impl Source + 'static) -> Teller {
        Teller::start(self.connect(), vec![Arc::new(source)]).expect("a teller")
    }

    /// Waits for a page with these lines.
    #[track_caller]
    fn await_lines(&self, lines: &[&str]) {
        let end = Instant::now() + Duration::from_secs(20);
        loop {
            let page = Page::of(&self.collector).to_string();
            let has = |line: &&str| page.lines().any(|other| other == *line);
            if lines.iter().all(has) {
                return;
            }
            assert!(Instant::now() < end, "without {lines:?}:\n{page}");
        }
    }
}

impl Drop for Collecting {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// A source with a family of this kind and value.
fn orders(kind: Kind, value: u64) -> impl Source {
    move |page: &mut Page| {
        page.family("orders", kind, "Orders.").sample(&[], value);
    }
}

/// A function that says what it should in the end.
#[track_caller]
fn returns<T: Send + 'static>(function: impl FnOnce() -> T + Send + 'static) -> T {
    let (sender, receiver) = channel();
    thread::spawn(move || sender.send(function()));
    let returned = receiver.recv_timeout(Duration::from_secs(30));
    returned.expect("it returns")
}

#[test]
fn a_process_goes_on_telling_after_a_source_has_panicked() {
    let collecting = Collecting::start("panics");
    let counter = Arc::new(Counter::new());
    let panics = Arc::new(AtomicBool::new(false));
    let (counted, is_panicking) = (counter.clone(), panics.clone());
    let source = move |page: &mut Page| {
        page.family("orders_total", Kind::Counter, "Orders.")
            .sample(&[], counted.value());
        assert!(!is_panicking.load(Ordering::SeqCst), "as it should");
    };
    let teller = collecting.tell(source);
    counter.add(3);
    collecting.await_lines(&["orders_total 3", "wsgi_processes 1"]);

    panics.store(true, Ordering::SeqCst);
    counter.add(1);
    let page = Page::of(&collecting.collector).to_string();
    assert!(page.contains("\norders_total 3\n"), "{page}");

    panics.store(false, Ordering::SeqCst);
    collecting.await_lines(&["orders_total 4", "wsgi_processes 1"]);
    panics.store(true, Ordering::SeqCst);
    teller.end();
    collecting.await_lines(&["orders_total 4", "wsgi_processes 0"]);
}

#[test]
fn a_process_whose_numbers_do_not_add_up_is_left_out_and_said_to_be() {
    let collecting = Collecting::start("left-out");
    let _one = collecting.tell(orders(Kind::Gauge, 1));
    collecting.await_lines(&["orders 1", "wsgi_processes 1", "wsgi_processes_left_out 0"]);
    let _other = collecting.tell(orders(Kind::Counter, 2));
    collecting.await_lines(&["orders 1", "wsgi_processes 1", "wsgi_processes_left_out 1"]);
}

#[test]
fn a_family_that_the_page_has_with_another_kind_is_left_out() {
    let collecting = Collecting::start("kinds");
    let source = |page: &mut Page| {
        for name in ["orders", "wsgi_processes", "told"] {
            page.family(name, Kind::Counter, "A number.")
                .sample(&[], 7u64);
        }
    };
    let _teller = collecting.tell(source);
    collecting.await_lines(&["told 7", "wsgi_processes 1"]);
    let mut page = Page::new();
    orders(Kind::Gauge, 1).write_to(&mut page);
    collecting.collector.write_to(&mut page);
    let page = page.to_string();
    assert!(
        page.contains("\norders 1\n") && page.contains("\ntold 7\n"),
        "{page}"
    );
    assert!(
        !page.contains("\norders 7\n") && !page.contains("\nwsgi_processes 7\n"),
        "{page}"
    );
}

#[test]
fn a_process_that_tells_without_an_end_holds_up_nobody() {
    let collecting = Collecting::start("flood");
    let mut stream = collecting.connect();
    let flood = thread::spawn(move || {
        let identity = "process 1 1"; // so it never answers
        let text = [&11u32.to_be_bytes()[..], identity.as_bytes()].concat();
        let text = text.repeat(1000);
        while stream.write_all(&text).is_ok() {}
    });
    returns(move || {
        let page = Page::of(&collecting.collector).to_string();
        assert!(page.contains("wsgi_processes"), "{page}");
        drop(collecting);
    });
    flood.join().expect("its end");
}
