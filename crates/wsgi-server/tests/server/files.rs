//! Files as responses, and large responses for slow clients.

use std::{
    fs::File,
    io::{ErrorKind, Read, Seek, Write},
    net::TcpStream,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
        mpsc,
    },
    time::Duration,
};

use wsgi_application::{Body, Environ, FileWrapper, Result, StartResponse, Status, application};
use wsgi_environ::End;

use crate::support::{Client, PATIENCE, Running, counted_body::CountedBody, echo, eventually, get};

/// A file without a name, with this content.
fn file(bytes: &[u8]) -> File {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let number = COUNT.fetch_add(1, SeqCst);
    let name = format!("responses-{}-{number}", std::process::id());
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let mut file = File::options()
        .read(true)
        .write(true)
        .create_new(true)
        .open(&path)
        .unwrap();
    std::fs::remove_file(&path).unwrap();
    file.write_all(bytes).unwrap();
    file.rewind().unwrap();
    file
}

/// Bytes that show their position.
fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at % 251) as u8).collect()
}

#[test]
fn a_file_is_sent_as_it_is() {
    let whole = pattern(3_000_000);
    let contents = whole.clone();
    let app = application(move |environ, start_response| {
        let file = file(&contents);
        let wrapper = match &*environ.path_info().to_string_lossy() {
            "/range" => FileWrapper::from_file(file).with_range(1000, 2_000_000)?,
            "/past-the-end" => FileWrapper::from_file(file).with_range(2_999_999, 10)?,
            "/reader" => FileWrapper::new(file),
            _ => FileWrapper::from_file(file),
        };
        start_response.start(Status::OK, ())?;
        Ok(wrapper.into())
    });
    let running = Running::new(app);
    let mut client = running.connect();
    for (path, expected) in [
        ("/whole", &whole[..]),
        ("/range", &whole[1000..2_001_000]),
        ("/past-the-end", &whole[2_999_999..]),
        ("/reader", &whole),
        ("/whole", &whole),
    ] {
        let response = client.ask(get(path));
        assert!(response.complete, "{path}");
        assert!(response.body == expected, "{path}");
        if path != "/reader" {
            let length = expected.len().to_string();
            assert_eq!(response.header("Content-Length"), Some(&*length), "{path}");
        }
    }
}

#[test]
fn an_empty_file_has_a_length() {
    let app = application(|_environ, start_response| {
        start_response.start(Status::OK, ())?;
        Ok(FileWrapper::from_file(file(b"")).into())
    });
    let running = Running::new(app);
    let response = running.connect().ask(get("/"));
    assert!(response.complete);
    assert_eq!(response.header("Content-Length"), Some("0"));
    assert_eq!(response.body, b"");
}

/// The system says that such a file is empty.
#[cfg(target_os = "linux")]
#[test]
fn a_file_that_the_system_makes_as_it_is_read_is_sent_until_its_end() {
    let app = application(|_environ, start_response| {
        start_response.start(Status::OK, ())?;
        Ok(FileWrapper::from_file(File::open("/proc/self/status")?).into())
    });
    let running = Running::new(app);
    let mut client = running.connect();
    for _ in 0..2 {
        let response = client.ask(get("/"));
        assert!(response.complete);
        assert_eq!(response.header("Content-Length"), None);
        assert!(response.text().starts_with("Name:"));
        assert!(response.text().ends_with('\n'));
    }
}

/// The system says that such a file is as long as a page of memory.
#[cfg(target_os = "linux")]
#[test]
fn a_file_that_is_shorter_than_the_system_says_is_sent_until_its_end() {
    let path = "/sys/devices/system/cpu/online";
    let app = application(move |_environ, start_response| {
        start_response.start(Status::OK, ())?;
        Ok(FileWrapper::from_file(File::open(path)?).into())
    });
    let running = Running::new(app);
    let response = running.connect().ask(get("/"));
    assert!(response.complete);
    assert_eq!(response.header("Content-Length"), None);
    assert_eq!(response.body, std::fs::read(path).unwrap());
}

#[test]
fn a_file_that_shrinks_cuts_the_response() {
    let (report, reports) = mpsc::channel();
    let (give, given) = mpsc::channel();
    let senders = Mutex::new((report, give));
    let app = application(move |environ, start_response| {
        let (report, give) = senders.lock().unwrap().clone();
        environ.on_finished(move |_, outcome| report.send(outcome.end()).unwrap());
        let file = file(&pattern(20_000_000));
        let wrapper = FileWrapper::from_file(file.try_clone()?);
        give.send(file)?;
        start_response.start(Status::OK, ())?;
        Ok(wrapper.into())
    });
    let running = Running::new(app);
    let mut client = Client::with_small_buffer(running.address);
    client.send(get("/"));
    // The head is out, and says how long the file was.
    assert_eq!(client.stream.peek(&mut [0]).unwrap(), 1);
    let file: File = given.recv_timeout(PATIENCE).unwrap();
    file.set_len(19_000_000).unwrap();
    let response = client.response();
    assert!(!response.complete);
    assert!(response.body.len() <= 19_000_000);
    assert_eq!(reports.recv_timeout(PATIENCE), Ok(End::Failed));
    eventually("it is logged", || running.log() == BROKEN_FILE);
}

/// The line of the log about a file that breaks its response off.
const BROKEN_FILE: &str =
    "wsgi-server: a response was cut: its file became shorter, or could not be read\n";

#[test]
fn a_file_that_cannot_be_read_is_logged_also_after_a_call_that_has_lost_its_loop() {
    for pause in [Duration::ZERO, Duration::from_millis(100)] {
        let app = application(move |_environ, start_response| {
            std::thread::sleep(pause);
            let unreadable = File::options().write(true).open("/dev/null")?;
            let wrapper = FileWrapper::from_file(unreadable).with_known_length(20_000);
            start_response.start(Status::OK, ())?;
            Ok(wrapper.into())
        });
        let running = Running::new(app);
        let mut client = running.connect();
        client.send(get("/"));
        eventually("it is logged", || running.log() == BROKEN_FILE);
    }
}

#[test]
fn a_small_file_is_cut_at_its_length_and_a_shorter_one_cuts_the_connection() {
    let app = application(|environ, start_response| {
        let length = environ.query_string().to_str()?.parse()?;
        let wrapper = FileWrapper::from_file(file(b"12345678")).with_known_length(length);
        start_response.start(Status::OK, ())?;
        Ok(wrapper.into())
    });
    let running = Running::new(app);
    let mut client = running.connect();
    for (length, expected) in [(0, ""), (3, "123"), (8, "12345678")] {
        let response = client.ask(get(&format!("/?{length}")));
        assert!(response.complete, "{length}");
        assert_eq!(response.text(), expected);
    }
    for length in [9, 16 * 1024] {
        let mut stream = TcpStream::connect(running.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let request = get(&format!("/?{length}"));
        stream.write_all(request.as_ref()).unwrap();
        let mut received = Vec::new();
        let end = stream
            .read_to_end(&mut received)
            .map_err(|error| error.kind());
        assert!(
            end.is_ok() || end == Err(ErrorKind::ConnectionReset),
            "{end:?}"
        );
        let head = received.windows(4).position(|window| window == b"\r\n\r\n");
        let body = head.map_or(&b""[..], |end| &received[end + 4..]);
        assert!(body.len() < length, "{length}");
    }
    eventually("it is logged", || running.log() == BROKEN_FILE);
}

#[test]
fn bytes_and_files_for_slow_clients_hold_no_thread() {
    let expected = pattern(8_000_000);
    let bytes = expected.clone();
    let large = move |environ: &mut Environ, start_response: &mut StartResponse<'_>| -> Result {
        match &*environ.path_info().to_string_lossy() {
            "/bytes" => {
                start_response.start(Status::OK, ())?;
                Ok(bytes.clone().into())
            }
            "/file" => {
                start_response.start(Status::OK, ())?;
                Ok(FileWrapper::from_file(file(&bytes)).into())
            }
            _ => echo(environ, start_response),
        }
    };
    let options = |builder: wsgi_server::Builder| builder.threads(1).max_threads(2);
    let running = Running::with(options, large);
    let mut readers: Vec<_> = (0..10)
        .map(|number| {
            let mut client = Client::with_small_buffer(running.address);
            client.send(get(["/bytes", "/file"][number % 2]));
            client
        })
        .collect();
    for _ in 0..20 {
        assert_eq!(running.connect().ask(get("/")).text(), "GET /\n");
    }
    let last = readers.split_off(8);
    drop(readers);
    for mut client in last {
        let response = client.response();
        assert!(response.complete && response.body == expected);
    }
}

#[test]
fn a_client_that_takes_nothing_is_cut_when_its_time_is_up() {
    let alive = Arc::new(AtomicUsize::new(0));
    let count = alive.clone();
    let (report, reports) = mpsc::channel();
    let report = Mutex::new(report);
    let app = application(move |environ, start_response| {
        let report = report.lock().unwrap().clone();
        environ.on_finished(move |_, outcome| report.send(outcome.end()).unwrap());
        start_response.start(Status::OK, ())?;
        match &*environ.path_info().to_string_lossy() {
            "/bytes" => Ok(pattern(20_000_000).into()),
            _ => Ok(Body::chunks(CountedBody::new(&count, 70_000))),
        }
    });
    let options = |builder: wsgi_server::Builder| {
        builder
            .write_timeout(Duration::from_millis(100))
            .min_rate(1 << 40)
    };
    let running = Running::with(options, app);
    for path in ["/bytes", "/chunks"] {
        let mut client = Client::with_small_buffer(running.address);
        client.send(get(path));
        client.take_some();
        assert_eq!(reports.recv_timeout(PATIENCE), Ok(End::TimedOut), "{path}");
        let mut rest = Vec::new();
        let end = client.stream.read_to_end(&mut rest);
        assert!(end.is_err() || rest.len() < 20_000_000, "{path}");
    }
    eventually("the body is dropped", || alive.load(SeqCst) == 0);
}
