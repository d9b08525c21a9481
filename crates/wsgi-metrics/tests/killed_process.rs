//! Processes that are killed while others have their streams.
#![cfg(target_os = "linux")]

use std::{
    env,
    io::{self, BufRead, BufReader, Write},
    os::{
        fd::OwnedFd,
        unix::net::{UnixListener, UnixStream},
    },
    process::{self, Command, Stdio},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use wsgi_metrics::{Collector, Kind, Page, Teller};

/// Names the socket to the process that this test runs itself in.
const SOCKET: &str = "WSGI_METRICS_TEST_SOCKET";

#[test]
fn a_killed_process_is_not_counted_although_another_one_has_its_stream() {
    if let Ok(path) = env::var(SOCKET) {
        tell(&path);
    }
    let folder = env::temp_dir().join(format!("wsgi-killed-{}", process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let path = folder.join("numbers");
    let collector = Collector::start(UnixListener::bind(&path).expect("a socket"));
    let collector = collector.expect("a collector");
    let mut process = Command::new(env::current_exe().expect("this program"))
        .args(["--nocapture", "although_another_one_has_its_stream"])
        .env(SOCKET, &path)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("a process");
    let held = process.stdin.take(); // at its end, so does the process that has the stream
    let lines = BufReader::new(process.stdout.take().expect("its output")).lines();
    let mut lines = lines.map_while(Result::ok);
    assert!(
        lines.any(|line| line.ends_with("started")),
        "it has not started"
    );

    await_page(&collector, "orders_total 3", "wsgi_processes 1");
    assert!(Page::of(&collector).to_string().contains("\nopen 1\n"));
    process.kill().expect("a kill");
    process.wait().expect("its end");
    await_page(&collector, "orders_total 3", "wsgi_processes 0");
    assert!(!Page::of(&collector).to_string().contains("\nopen 1\n"));
    drop(held);
    std::fs::remove_dir_all(&folder).expect("no folder");
}

/// Tells numbers until it is killed. Another process has its stream for as long as the standard
/// input is open.
fn tell(path: &str) -> ! {
    let stream = UnixStream::connect(path).expect("a stream");
    let other = OwnedFd::from(stream.try_clone().expect("a descriptor"));
    let mut holder = Command::new("cat");
    let mut holder = holder
        .stdout(Stdio::null())
        .stderr(other)
        .spawn()
        .expect("cat");
    let source = |page: &mut Page| {
        page.family("orders_total", Kind::Counter, "Orders.")
            .sample(&[], 3u64);
        page.family("open", Kind::Gauge, "Open ones.")
            .sample(&[], 1u64);
    };
    let _teller = Teller::start(stream, vec![Arc::new(source)]).expect("a teller");
    writeln!(io::stdout(), "started").expect("the output");
    let _ = holder.wait();
    process::exit(0)
}

/// Waits for a page with these lines.
#[track_caller]
fn await_page(collector: &Collector, total: &str, count: &str) {
    let end = Instant::now() + Duration::from_secs(20);
    loop {
        let page = Page::of(collector).to_string();
        if page.contains(&format!("\n{total}\n")) && page.contains(&format!("\n{count}\n")) {
            return;
        }
        assert!(Instant::now() < end, "without {total} and {count}:\n{page}");
        thread::sleep(Duration::from_millis(10));
    }
}
