//! Clients that count what goes wrong.

use std::{
    fmt,
    io::{self, BufRead, BufReader, Read, Write},
    net::TcpStream,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::SeqCst},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

/// The number of requests that each client makes before it counts as one that goes on.
const SOME: u64 = 5;

/// Clients with sessions, some of which keep their connections.
pub(crate) struct Load {
    is_over: Arc<AtomicBool>,
    clients: Vec<(Arc<AtomicU64>, JoinHandle<Report>)>,
}

/// The result of a load.
#[derive(Clone, Debug, Default)]
pub(crate) struct Report {
    pub(crate) requests: u64,
    pub(crate) connections: u64,
    /// Connections that were refused.
    pub(crate) refused: u64,
    /// Requests without a whole response.
    pub(crate) broken: u64,
    /// Visits that a session has forgotten.
    pub(crate) lost: u64,
    /// All that went wrong, in words.
    problems: Vec<String>,
}

impl Load {
    /// Starts five clients: three keep a connection for as long as the server does, one of them
    /// with pauses, and two connect for each request. The session server would not let more wait
    /// when it is slow, as on a busy machine.
    pub(crate) fn start(address: &str) -> Self {
        let is_over = Arc::new(AtomicBool::new(false));
        let client = |number: u64| {
            let (address, is_over) = (address.to_owned(), is_over.clone());
            let progress = Arc::new(AtomicU64::new(0));
            let done = progress.clone();
            let pause = Duration::from_millis(if number == 0 { 50 } else { 1 });
            let run = move || Client::new(&address, number < 3).run(&is_over, &done, pause);
            (progress, thread::spawn(run))
        };
        let clients = (0..5).map(client).collect();
        Self { is_over, clients }
    }

    /// Waits until every client has made some requests from now on.
    #[track_caller]
    pub(crate) fn wait_for_some(&self) {
        let end = Instant::now() + Duration::from_secs(60);
        for (progress, _) in &self.clients {
            let wanted = progress.load(SeqCst) + SOME;
            while progress.load(SeqCst) < wanted {
                assert!(Instant::now() < end, "a client does not go on");
                thread::sleep(Duration::from_millis(1));
            }
        }
    }

    /// Ends the clients.
    pub(crate) fn stop(self) -> Report {
        self.is_over.store(true, SeqCst);
        let mut sum = Report::default();
        for (_, client) in self.clients {
            let report = client.join().expect("a client ends");
            sum.requests += report.requests;
            sum.connections += report.connections;
            sum.refused += report.refused;
            sum.broken += report.broken;
            sum.lost += report.lost;
            sum.problems.extend(report.problems);
        }
        sum
    }
}

impl Report {
    pub(crate) fn is_clean(&self) -> bool {
        self.requests > 0 && [self.refused, self.broken, self.lost] == [0; 3]
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            requests,
            connections,
            refused,
            broken,
            lost,
            problems,
        } = self;
        write!(
            f,
            "{requests} requests on {connections} connections; \
             {refused} refused, {broken} broken, {lost} visits lost {problems:?}"
        )
    }
}

/// A client that counts its visits, as the site does.
struct Client {
    address: String,
    is_kept: bool,
    stream: Option<BufReader<TcpStream>>,
    cookie: String,
    visits: u64,
    report: Report,
}

impl Client {
    fn new(address: &str, is_kept: bool) -> Self {
        Self {
            address: address.to_owned(),
            is_kept,
            stream: None,
            cookie: String::new(),
            visits: 0,
            report: Report::default(),
        }
    }

    fn run(mut self, is_over: &AtomicBool, done: &AtomicU64, pause: Duration) -> Report {
        while !is_over.load(SeqCst) {
            self.report.requests += 1;
            match self.visit() {
                Ok(count) => {
                    if count != self.visits + 1 {
                        let problem = format!("visit {count} after {}", self.visits);
                        self.report.problems.push(problem);
                        self.report.lost += 1;
                    }
                    self.visits = count;
                }
                Err(error) => {
                    self.report.problems.push(error.to_string());
                    match error.kind() {
                        io::ErrorKind::ConnectionRefused => self.report.refused += 1,
                        _ => self.report.broken += 1,
                    }
                    // The visit may count or not.
                    self.stream = None;
                    self.cookie.clear();
                    self.visits = 0;
                }
            }
            done.fetch_add(1, SeqCst);
            thread::sleep(pause);
        }
        self.report
    }

    /// Visits, and returns the site's count.
    fn visit(&mut self) -> io::Result<u64> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => {
                self.report.connections += 1;
                let stream = TcpStream::connect(&self.address)?;
                stream.set_read_timeout(Some(Duration::from_secs(60)))?;
                BufReader::new(stream)
            }
        };
        let connection = if self.is_kept { "keep-alive" } else { "close" };
        let request = format!(
            "GET /visits HTTP/1.1\r\nHost: demo\r\nCookie: {}\r\nConnection: {connection}\r\n\r\n",
            self.cookie
        );
        stream.get_mut().write_all(request.as_bytes())?;
        let (mut line, mut length, mut is_last) = (String::new(), 0, false);
        if stream.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if line != "HTTP/1.1 200 OK\r\n" {
            return Err(io::Error::other(line));
        }
        while line != "\r\n" {
            line.clear();
            if stream.read_line(&mut line)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if let Some(value) = line.strip_prefix("Content-Length: ") {
                length = value.trim().parse().map_err(io::Error::other)?;
            }
            if let Some(value) = line.strip_prefix("Set-Cookie: ") {
                value
                    .split(';')
                    .next()
                    .unwrap_or_default()
                    .clone_into(&mut self.cookie);
            }
            is_last |= line == "Connection: close\r\n";
        }
        let mut body = vec![0; length];
        stream.read_exact(&mut body)?;
        if !is_last {
            self.stream = Some(stream);
        }
        let body = String::from_utf8_lossy(&body);
        let count = body.split_once("Visits: ").map(|(_, count)| count);
        let digits = count.unwrap_or_default().trim_end();
        digits.parse().map_err(io::Error::other)
    }
}
