//! The table of the README, compared with the defaults.

use std::{collections::BTreeMap, time::Duration};

use crate::{
    fastcgi::stderr,
    listeners::{proxies::Proxies as _, proxy_protocol::ProxyProtocol},
    options::*,
};

/// The rows of the table of limits: the default of each limit by its name, which is the first cell
/// up to a comma, without the brackets of a link.
fn rows() -> BTreeMap<&'static str, &'static str> {
    let readme = include_str!("../README.md");
    let (_, section) = readme.split_once("\n## Limits\n").expect("the section");
    let lines = section
        .lines()
        .skip_while(|line| !line.starts_with("|---|"));
    let rows = lines.skip(1).take_while(|line| line.starts_with('|'));
    let mut table = BTreeMap::new();
    for row in rows {
        let cells: Vec<_> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [limit, default, _] = cells[..] else {
            panic!("three cells: {row}");
        };
        let name = limit.split(',').next().expect("a name");
        let name = name.trim_matches(['[', ']']);
        assert_eq!(table.insert(name, default), None, "one row for {name}");
    }
    table
}

/// Each value of the defaults by the path of its field, as its debug form shows it.
fn values(options: &Options) -> BTreeMap<String, String> {
    let mut values = BTreeMap::new();
    let mut path: Vec<String> = Vec::new();
    for line in format!("{options:#?}").lines().skip(1) {
        match line.trim().split_once(": ") {
            Some((name, value)) if value.ends_with('{') => path.push(name.to_owned()),
            Some((name, value)) => {
                path.push(name.to_owned());
                values.insert(path.join("."), value.trim_end_matches(',').to_owned());
                path.pop();
            }
            None => drop(path.pop()),
        }
    }
    values
}

/// A number as texts write it.
fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn bytes(number: u64) -> String {
    let units = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    let unit = units
        .into_iter()
        .find(|(size, _)| number >= 4 * size || number == *size);
    match unit {
        Some((size, unit)) if number.is_multiple_of(size) && number != 1 << 10 => {
            format!("{} {unit}", number / size)
        }
        _ => format!("{} bytes", count(number)),
    }
}

fn time(duration: Duration) -> String {
    match duration.as_secs() {
        seconds if seconds > 0 && seconds.is_multiple_of(3600) => format!("{} h", seconds / 3600),
        seconds => format!("{seconds} s"),
    }
}

#[test]
fn the_table_of_the_readme_has_every_default() {
    let options = Options::new();
    let values = values(&options);
    let number = |path: &str| -> u64 { values[path].parse().expect(path) };
    let none = || "none".to_owned();
    let fixed = |text: String| format!("{text}, fixed");
    assert_eq!(options.max_connections_per_address, None);
    assert_eq!(options.max_requests_per_connection, u64::MAX);
    assert_eq!(
        (options.response_timeout, options.spool_bodies),
        (None, None)
    );
    assert_eq!(
        (options.request_timeout, options.end_when_stuck),
        (None, false)
    );
    assert_eq!(options.thread_stack_size, None);
    assert!(!options.bodies_keep_thread && !options.calls_share_lock);
    assert_eq!(options.spool_dir, std::env::temp_dir());
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    assert_eq!(options.threads, cores);

    let mut expected = vec![
        ("threads", "`threads`", "one per core".to_owned()),
        (
            "max_threads",
            "`max_threads`",
            count(options.max_threads as u64),
        ),
        (
            "max_waiting",
            "`max_waiting`",
            count(options.max_waiting as u64),
        ),
        ("wait_timeout", "`wait_timeout`", time(options.wait_timeout)),
        (
            "idle_thread_timeout",
            "`idle_thread_timeout`",
            time(options.idle_thread_timeout),
        ),
        (
            "max_connections",
            "`max_connections`",
            count(options.max_connections as u64),
        ),
        (
            "max_connections_per_address",
            "`max_connections_per_address`",
            none(),
        ),
        (
            "max_requests_per_connection",
            "`max_requests_per_connection`",
            none(),
        ),
        (
            "first_request_timeout",
            "`first_request_timeout`",
            time(options.first_request_timeout),
        ),
        ("keep_alive", "`keep_alive`", time(options.keep_alive)),
        (
            "handshake_timeout",
            "`handshake_timeout`",
            time(options.handshake_timeout),
        ),
        ("head_timeout", "`head_timeout`", time(options.head_timeout)),
        ("body_timeout", "`body_timeout`", time(options.body_timeout)),
        (
            "write_timeout",
            "`write_timeout`",
            time(options.write_timeout),
        ),
        (
            "min_rate",
            "`min_rate`",
            format!("{} per second", bytes(options.min_rate)),
        ),
        ("response_timeout", "`response_timeout`", none()),
        ("request_timeout", "`request_timeout`", none()),
        (
            "max_stuck_threads",
            "`max_stuck_threads`",
            count(options.max_stuck_threads as u64),
        ),
        (
            "thread_stack_size",
            "`thread_stack_size`",
            "2 MiB, as in Rust".to_owned(),
        ),
        (
            "bodies_keep_thread",
            "`bodies_keep_thread`",
            "no".to_owned(),
        ),
        ("calls_share_lock", "`calls_share_lock`", "no".to_owned()),
        ("end_when_stuck", "`end_when_stuck`", "no".to_owned()),
        (
            "shutdown_timeout",
            "`shutdown_timeout`",
            time(options.shutdown_timeout),
        ),
        ("drain_delay", "`drain_delay`", none()),
        (
            "spool_bodies",
            "`spool_bodies`",
            "over FastCGI, SCGI and uwsgi; over HTTP if half of the spare threads are busy"
                .to_owned(),
        ),
        ("spool_limit", "`spool_limit`", bytes(options.spool_limit())),
        (
            "spool_dir",
            "`spool_dir`",
            "the system's temporary folder".to_owned(),
        ),
    ];
    for (path, row) in [
        ("limits.target", "`Limits::max_target_bytes`"),
        ("limits.head", "`Limits::max_head_bytes`"),
        ("limits.body", "`Limits::max_body_bytes`"),
        ("fastcgi.head", "`wsgi_fastcgi::Limits::max_head_bytes`"),
        ("fastcgi.body", "`wsgi_fastcgi::Limits::max_body_bytes`"),
        ("scgi.head", "`wsgi_scgi::Limits::max_head_bytes`"),
        ("scgi.body", "`wsgi_scgi::Limits::max_body_bytes`"),
        ("uwsgi.head", "`wsgi_uwsgi::Limits::max_head_bytes`"),
        ("uwsgi.body", "`wsgi_uwsgi::Limits::max_body_bytes`"),
    ] {
        expected.push((path, row, bytes(number(path))));
    }
    for (path, row) in [
        ("limits.fields", "`Limits::max_fields`"),
        ("fastcgi.params", "`wsgi_fastcgi::Limits::max_params`"),
        (
            "fastcgi.interleaved",
            "`wsgi_fastcgi::Limits::max_interleaved`",
        ),
        ("scgi.headers", "`wsgi_scgi::Limits::max_params`"),
        ("uwsgi.params", "`wsgi_uwsgi::Limits::max_params`"),
    ] {
        expected.push((path, row, count(number(path))));
    }
    for path in values.keys() {
        // The builder replaces the first by `max_connections`, and the second limits nothing.
        let is_other = ["fastcgi.connections", "fastcgi.authorizers"].contains(&&**path);
        let is_known = is_other || expected.iter().any(|row| row.0 == path);
        assert!(is_known, "the table lacks {path}");
    }

    let header = ProxyProtocol::new().header_limit() as u64;
    let proxy = "`head_timeout` for the header of a proxy";
    let unread = "rest of a body that is read and dropped for the next request";
    let errors = "errors of a FastCGI request between two pieces of the response";
    let lingering = "bytes that a client may send after the server's end of a connection";
    expected.extend([
        ("", "`ProxyProtocol::max_header_bytes`", bytes(header)),
        ("", proxy, time(options.head_timeout)),
        (
            "",
            "first request of a silent client during a shutdown",
            fixed(time(FIRST_REQUEST)),
        ),
        (
            "",
            "body that is read before the application is called",
            fixed(bytes(GATHER_LIMIT as u64)),
        ),
        (
            "",
            "spooled body in memory",
            fixed(bytes(SPOOL_BLOCK as u64)),
        ),
        (
            "",
            "body in memory that the application reads as it arrives",
            fixed(bytes(2 * BODY_READ_SIZE as u64)),
        ),
        ("", unread, fixed(bytes(DRAIN_LIMIT))),
        (
            "",
            "bytes of a response that wait in memory",
            fixed(bytes(OUT_LIMIT as u64)),
        ),
        ("", errors, fixed(bytes(stderr::LIMIT as u64))),
        ("", lingering, fixed(bytes(LINGER_LIMIT as u64))),
        ("", "time for that", fixed(time(LINGER))),
    ]);
    let mut rows = rows();
    #[cfg(feature = "tls")]
    let lifetime = time(crate::tls::tickets::keys::TicketKeys::DEFAULT_LIFETIME);
    #[cfg(not(feature = "tls"))]
    let lifetime = rows["`TicketKeys::lifetime`"].to_owned();
    expected.push(("", "`TicketKeys::lifetime`", lifetime));
    for (_, row, default) in &expected {
        let cell = rows
            .remove(row)
            .unwrap_or_else(|| panic!("the table lacks {row}"));
        let rest = cell.strip_prefix(&**default);
        let is_it = rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(", "));
        assert!(is_it, "{row} is {default} by default, and not {cell}");
    }
    assert!(rows.is_empty(), "these are no defaults: {rows:?}");
}
