//! Live pages over a restart.

use std::{
    io::{BufRead, BufReader, Write},
    net::TcpStream,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::SeqCst},
    },
    thread::{self, JoinHandle},
};

use crate::{
    end, eventually, restart,
    support::{PATIENCE, Program},
};

/// A client of `/events` that connects again when its page ends, as a browser does.
struct Page {
    /// The newest second that came.
    last: Arc<AtomicU64>,
    connections: Arc<AtomicU64>,
    is_over: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Page {
    fn open(address: &str) -> Self {
        let last = Arc::new(AtomicU64::new(0));
        let connections = Arc::new(AtomicU64::new(0));
        let is_over = Arc::new(AtomicBool::new(false));
        let (seen, opened, stop) = (last.clone(), connections.clone(), is_over.clone());
        let address = address.to_owned();
        let thread = thread::spawn(move || {
            while !stop.load(SeqCst) {
                opened.fetch_add(1, SeqCst);
                look(&address, &seen, &stop);
            }
        });
        Self {
            last,
            connections,
            is_over,
            thread,
        }
    }

    /// Leaves, and returns the number of its connections.
    #[track_caller]
    fn leave(self) -> u64 {
        self.is_over.store(true, SeqCst);
        self.thread.join().expect("no event was missed");
        self.connections.load(SeqCst)
    }
}

/// Waits until each page has seen two seconds more.
#[track_caller]
fn wait_for_more(pages: &[Page]) {
    let wanted: Vec<_> = pages
        .iter()
        .map(|page| page.last.load(SeqCst).max(1) + 2)
        .collect();
    for (page, wanted) in pages.iter().zip(wanted) {
        eventually("a page goes on", || {
            assert!(!page.thread.is_finished(), "an event was missed");
            page.last.load(SeqCst) >= wanted
        });
    }
}

/// Looks at the page until it ends, and asserts that no second is missing.
fn look(address: &str, seen: &AtomicU64, stop: &AtomicBool) {
    let mut stream = TcpStream::connect(address).expect("a connection");
    let patience = Some(PATIENCE);
    stream.set_read_timeout(patience).expect("a timeout");
    let head = "GET /events HTTP/1.1\r\nHost: demo\r\nAccept: text/event-stream\r\n";
    let last = match seen.load(SeqCst) {
        0 => String::new(),
        last => format!("Last-Event-ID: {last}\r\n"),
    };
    let request = format!("{head}{last}\r\n");
    stream.write_all(request.as_bytes()).expect("a request");
    for line in BufReader::new(stream).lines() {
        let line = line.expect("a line of the page");
        if let Some(id) = line.strip_prefix("id:") {
            let id: u64 = id.trim().parse().expect("a second");
            let before = seen.swap(id, SeqCst);
            assert!(before == 0 || id == before + 1, "{id} after {before}");
        }
        // The last chunk.
        if line == "0" || stop.load(SeqCst) {
            return;
        }
    }
    panic!("the page was cut");
}

#[test]
fn open_pages_go_on_in_the_new_process_and_miss_nothing() {
    let mut program = Program::demo(&[]);
    let pages = [(); 3].map(|()| Page::open(&program.address));
    wait_for_more(&pages);
    restart(&mut program);
    for page in &pages {
        eventually("the page is opened again", || {
            page.connections.load(SeqCst) >= 2
        });
    }
    wait_for_more(&pages);
    for page in pages {
        // One for each process, and one more for each loop that does not know of its end yet.
        let connections = page.leave();
        assert!((2..=3).contains(&connections), "{connections}");
    }
    end(program);
}
