//! Many connections: more than the process has descriptors, and many idle ones. Each test runs a
//! server in its own process.

// The figures come from Linux's `/proc`.
#![cfg(target_os = "linux")]

mod support;

use std::{
    fs::File,
    io::{Read, Seek},
    net::TcpStream,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    thread,
    time::{Duration, Instant},
};

use support::{
    Client, Running, echo, eventually,
    gate::Gate,
    get,
    process::{descriptors, in_a_process},
};
use wsgi_application::{Environ, Result, StartResponse, Status};
use wsgi_environ::{Errors, Input, Outcome, SharedHook};

/// A figure of this process, from `/proc`.
fn figure(file: &str, name: &str) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/self/{file}")).unwrap();
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix(name))
        .unwrap();
    let digits = line.trim().split(' ').next().unwrap();
    digits.parse().unwrap()
}

fn threads() -> u64 {
    figure("status", "Threads:")
}

#[test]
fn a_server_without_descriptors_recovers() {
    in_a_process("without_descriptors", 64);
}

#[test]
#[ignore = "exhausts the descriptors of its process"]
fn without_descriptors() {
    #[cfg(feature = "metrics")]
    let metrics = wsgi_server::Metrics::new();
    let options = |builder: wsgi_server::Builder| {
        #[cfg(feature = "metrics")]
        let builder = builder.metrics(&metrics);
        builder
    };
    let running = Running::with(options, echo);
    let mut early = running.connect();
    assert_eq!(early.ask(get("/")).status, 200); // the server has opened everything that it needs
    assert_eq!(early.ask(get("/")).status, 200);
    early.send("GET / HTTP/1.1\r\n"); // an idle connection would give way
    let mut stat = File::open("/proc/self/stat").unwrap();
    // Both ends of each connection are in this process, so descriptors run out at either end.
    let mut clients = Vec::new();
    while let Ok(stream) = TcpStream::connect(running.address) {
        clients.push(stream);
    }
    assert!(clients.len() > 20, "{} clients", clients.len());
    let before = cpu_time(&mut stat);
    thread::sleep(Duration::from_millis(300));
    let spent = cpu_time(&mut stat) - before;
    assert!(spent < Duration::from_millis(150), "spinning: {spent:?}");
    #[cfg(feature = "metrics")]
    {
        let errors = |kind: &str| {
            let snapshot = metrics.snapshot();
            let mut errors = snapshot.accept_errors().filter(|(name, _)| *name == kind);
            errors.next().expect("a number").1
        };
        assert!(errors("descriptors") < 100, "it pauses after each");
        assert_eq!((errors("memory"), errors("other")), (0, 0));
    }
    // A client that has begun its request is served meanwhile.
    assert_eq!(early.ask("Host: a\r\n\r\n").status, 200);
    drop(clients);
    let mut late = running.connect();
    assert_eq!(late.ask(get("/late")).text(), "GET /late\n");
}

/// The CPU time of this process, from a file in `/proc`. The file is already open, because no
/// descriptor is left.
fn cpu_time(stat: &mut File) -> Duration {
    let mut text = String::new();
    stat.rewind().unwrap();
    stat.read_to_string(&mut text).unwrap();
    // utime and stime are the fields 14 and 15, in hundredths of a second (proc(5)).
    let fields: Vec<&str> = text.rsplit(") ").next().unwrap().split(' ').collect();
    let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
    Duration::from_millis(ticks * 10)
}

#[test]
fn a_hook_that_hangs_keeps_no_connection_of_other_requests_open() {
    in_a_process("overdue_beside_a_hook_that_hangs", 256);
}

#[test]
#[ignore = "counts the descriptors of its process"]
fn overdue_beside_a_hook_that_hangs() {
    const COUNT: usize = 24;
    let (gate, begun) = (Gate::default(), Arc::new(AtomicUsize::new(0)));
    let hook: SharedHook = Arc::new({
        let (gate, begun) = (gate.clone(), begun.clone());
        move |environ: &Environ, _: &Outcome| {
            assert_eq!(environ.get("REMOTE_ADDR").unwrap(), "127.0.0.1");
            if begun.fetch_add(1, SeqCst) == 0 {
                gate.pass();
            }
        }
    });
    let answered = Arc::new(AtomicUsize::new(0));
    let count = answered.clone();
    let late = move |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
        if environ.path_info() == "/late" {
            // A hook that came after the deadline would run at the end of the call.
            environ.on_finished_or_overdue(hook.clone());
            environ.set_deadline(Instant::now() + Duration::from_millis(20));
            let number = environ.query_string().to_str()?.parse()?;
            eventually("its client has 504", || count.load(SeqCst) > number);
        }
        echo(environ, start_response)
    };
    let running = Running::new(late);
    let ask_late = || {
        let target = format!("/late?{}", answered.load(SeqCst));
        assert_eq!(running.connect().ask(get(&target)).status, 504);
        answered.fetch_add(1, SeqCst);
    };
    ask_late();
    eventually("the hook hangs", || gate.waiting() == 1);
    eventually("its thread is free", || running.handle.stuck() == 0);
    let before = descriptors();
    for _ in 0..COUNT {
        ask_late();
    }
    let is_closed = || descriptors() <= before + COUNT / 2; // a little may still be under way
    eventually("the connections are closed", is_closed);
    assert_eq!(begun.load(SeqCst), 1);
    gate.open();
    eventually("each is told of", || begun.load(SeqCst) == COUNT + 1);
}

#[test]
fn an_idle_connection_is_small_and_holds_no_thread() {
    in_a_process("many_idle", 4500);
}

#[test]
#[ignore = "needs thousands of descriptors"]
fn many_idle() {
    const COUNT: usize = 2000;
    let running = Running::new(echo);
    let idle = |count: usize| -> Vec<TcpStream> {
        let one = |_| {
            let mut client = running.connect();
            assert_eq!(client.ask(get("/")).status, 200);
            client.stream
        };
        (0..count).map(one).collect()
    };
    let warm = idle(50);
    let (memory, threads_before) = (figure("status", "VmRSS:"), threads());
    let clients = idle(COUNT);
    let grown = figure("status", "VmRSS:") - memory;
    assert!(grown <= COUNT as u64, "{grown} KiB for {COUNT} connections");
    eventually("no more threads than before", || {
        threads() <= threads_before
    });
    let mut late = running.connect();
    for _ in 0..100 {
        assert_eq!(late.ask(get("/")).status, 200);
    }
    let began = Instant::now();
    for stream in clients.iter().chain(&warm) {
        stream.shutdown(std::net::Shutdown::Write).unwrap();
    }
    assert_eq!(late.ask(get("/")).status, 200);
    assert!(began.elapsed() < Duration::from_secs(15));
}

#[test]
fn an_idle_server_sleeps() {
    in_a_process("idle_server", 256);
}

#[test]
#[ignore = "looks at all threads of its process"]
fn idle_server() {
    let running = Running::new(echo);
    let mut clients: Vec<Client> = (0..10).map(|_| running.connect()).collect();
    for client in &mut clients {
        assert_eq!(client.ask(get("/")).status, 200);
    }
    // The monitor takes a while to see that nothing runs, and a loop looks once more. One of the
    // times is for this test.
    eventually("the threads wake up at most twice in a while", || {
        let before = wakeups();
        thread::sleep(Duration::from_millis(1500));
        wakeups() - before <= 2
    });
}

/// The number of times that the threads of this process have woken up.
fn wakeups() -> u64 {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap();
    tasks
        .map(|task| {
            let task = task.unwrap().file_name().into_string().unwrap();
            figure(&format!("task/{task}/status"), "voluntary_ctxt_switches:")
        })
        .sum()
}

#[test]
fn a_drop_that_panics_leaks_no_descriptor_and_does_not_end_the_server() {
    in_a_process("drops_that_panic", 256);
}

/// A value that panics when it is dropped, with a payload that does the same.
struct Bomb(u32);

impl Drop for Bomb {
    fn drop(&mut self) {
        if self.0 > 0 {
            std::panic::panic_any(Bomb(self.0 - 1));
        }
    }
}

impl Read for Bomb {
    fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
        Ok(0)
    }
}

impl std::io::Write for Bomb {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
#[ignore = "counts the descriptors of its process"]
fn drops_that_panic() {
    std::panic::set_hook(Box::new(|_| {}));
    let app = |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
        let bomb = || Bomb(3);
        match &*environ.path_info().to_string_lossy() {
            "/extension" => drop(environ.insert_extension(bomb())),
            "/extensions" => {
                environ.insert_extension(bomb());
                environ.insert_extension((bomb(), 0u8));
            }
            "/input" => environ.set_input(Input::from_reader(bomb(), None)),
            "/errors" => environ.set_errors(Errors::to(bomb())),
            "/hook" => {
                let left = bomb();
                environ.on_finished(move |_, _| drop(left));
            }
            "/panic" => std::panic::panic_any(bomb()),
            _ => {}
        }
        start_response.start(Status::OK, ())?;
        Ok("answered".into())
    };
    let running = Running::new(app);
    assert_eq!(running.connect().ask(get("/")).text(), "answered");
    let before = descriptors();
    let paths = [
        "extension",
        "extensions",
        "input",
        "errors",
        "hook",
        "panic",
    ];
    for path in paths {
        for _ in 0..20 {
            let mut client = running.connect();
            let status = if path == "panic" { 500 } else { 200 };
            assert_eq!(
                client.ask(get(&format!("/{path}"))).status,
                status,
                "{path}"
            );
            assert_eq!(client.ask(get("/")).text(), "answered", "{path}");
        }
        // Each of the two threads may keep the descriptor of its last request.
        eventually(path, || descriptors() <= before + 2);
    }
    let guard = Bomb(1);
    running.server.set_app(
        move |environ: &mut Environ, start_response: &mut StartResponse<'_>| {
            let _ = &guard;
            app(environ, start_response)
        },
    );
    for _ in 0..4 {
        assert_eq!(running.connect().ask(get("/")).text(), "answered");
    }
    running.server.set_app(app);
    for _ in 0..4 {
        assert_eq!(running.connect().ask(get("/")).text(), "answered");
    }
}
