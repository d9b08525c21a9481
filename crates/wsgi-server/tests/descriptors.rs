//! Many connections: more than there are descriptors, and more than anybody
//! talks on. Each test runs a server in a process of its own.

// The figures are those of Linux's `/proc`.
#![cfg(target_os = "linux")]

mod support;

use std::{
    fs::File,
    io::{Read, Seek},
    net::TcpStream,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use support::{Client, Running, echo, eventually, get};
use wsgi_application::{Environ, Result, StartResponse, Status};
use wsgi_environ::{Errors, Input};

/// Runs one of the tests below in a process with so many descriptors.
#[track_caller]
fn in_a_process(test: &str, descriptors: u64) {
    let this = std::env::current_exe().unwrap();
    let script =
        format!("ulimit -n {descriptors} && exec \"$0\" --exact {test} --ignored --nocapture");
    let output = Command::new("sh")
        .arg("-c")
        .arg(script)
        .arg(this)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}");
    assert!(text.contains("1 passed"), "{text}");
}

/// A figure of this process, as `/proc` has it.
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
    let running = Running::new(echo);
    let mut early = running.connect();
    assert_eq!(early.ask(get("/")).status, 200); // the server has all that it needs
    assert_eq!(early.ask(get("/")).status, 200);
    early.send("GET / HTTP/1.1\r\n"); // at rest it would give way
    let mut stat = File::open("/proc/self/stat").unwrap();
    // Both ends of each connection are in this process: they end on either side.
    let mut clients = Vec::new();
    while let Ok(stream) = TcpStream::connect(running.address) {
        clients.push(stream);
    }
    assert!(clients.len() > 20, "{} clients", clients.len());
    let before = cpu_time(&mut stat);
    thread::sleep(Duration::from_millis(300));
    let spent = cpu_time(&mut stat) - before;
    assert!(spent < Duration::from_millis(150), "spinning: {spent:?}");
    // Who is about to ask is served meanwhile.
    assert_eq!(early.ask("Host: a\r\n\r\n").status, 200);
    drop(clients);
    let mut late = running.connect();
    assert_eq!(late.ask(get("/late")).text(), "GET /late\n");
}

/// The time that this process has spent, from its file in `/proc`: there is no
/// descriptor left to open it.
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
fn a_connection_at_rest_is_small_and_holds_no_thread() {
    in_a_process("many_at_rest", 4500);
}

#[test]
#[ignore = "needs thousands of descriptors"]
fn many_at_rest() {
    const COUNT: usize = 2000;
    let running = Running::new(echo);
    let rest = |count: usize| -> Vec<TcpStream> {
        let one = |_| {
            let mut client = running.connect();
            assert_eq!(client.ask(get("/")).status, 200);
            client.stream
        };
        (0..count).map(one).collect()
    };
    let warm = rest(50);
    let (memory, threads_before) = (figure("status", "VmRSS:"), threads());
    let clients = rest(COUNT);
    let grown = figure("status", "VmRSS:") - memory;
    assert!(grown <= COUNT as u64, "{grown} KiB for {COUNT} connections");
    eventually("no thread more", || threads() <= threads_before);
    let mut late = running.connect();
    for _ in 0..100 {
        assert_eq!(late.ask(get("/")).status, 200);
    }
    let began = Instant::now();
    for stream in clients.iter().chain(&warm) {
        stream.shutdown(std::net::Shutdown::Write).unwrap();
    }
    assert_eq!(late.ask(get("/")).status, 200);
    assert!(began.elapsed() < Duration::from_secs(5));
}

#[test]
fn a_server_at_rest_sleeps() {
    in_a_process("at_rest", 256);
}

#[test]
#[ignore = "looks at all threads of its process"]
fn at_rest() {
    let running = Running::new(echo);
    let mut clients: Vec<Client> = (0..10).map(|_| running.connect()).collect();
    for client in &mut clients {
        assert_eq!(client.ask(get("/")).status, 200);
    }
    // The monitor takes a while to see that nothing runs.
    thread::sleep(Duration::from_millis(500));
    let before = wakeups();
    thread::sleep(Duration::from_millis(1500));
    let woken = wakeups() - before;
    assert!(woken <= 2, "{woken} times, once for this test");
}

/// How often the threads of this process have woken up.
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
fn a_drop_that_panics_leaks_no_descriptor_and_ends_nothing() {
    in_a_process("drops_that_panic", 256);
}

/// Panics when it is dropped, with something that does the same.
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
        // One is that of the last request of each thread.
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

/// How many descriptors this process has.
fn descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}
