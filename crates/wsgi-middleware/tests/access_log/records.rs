//! Lines as records of the `log` crate.

use std::{sync::Mutex, thread, time::Duration};

use log::{LevelFilter, Log, Metadata, Record};
use wsgi_middleware::AccessLog;
use wsgi_testing::Request;

use super::{format, hello};

/// The records, and the threads on which they came.
static RECORDS: Mutex<Vec<String>> = Mutex::new(Vec::new());

struct Collector;

impl Log for Collector {
    fn enabled(&self, _metadata: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        let text = record.args().to_string();
        assert!(!text.contains("/broken"), "the logger fails");
        let (level, target) = (record.level(), record.target());
        let thread = thread::current();
        let thread = thread.name().unwrap_or_default();
        let record = format!("{level} {target} on {thread}: {text}");
        RECORDS.lock().unwrap().push(record);
    }

    fn flush(&self) {}
}

#[test]
fn lines_are_records_if_the_logger_wants_them() {
    const LONG: Duration = Duration::from_secs(30);
    let log = format("{method} {target} {status} {thread}").log().unwrap();
    let handle = log.handle();
    let app = AccessLog::new(hello, log);
    let visit = |target: &str| {
        assert_eq!(Request::get(target).call(&app).text(), "Hello world!\n");
        assert!(handle.flush(LONG));
    };

    visit("/before-the-logger");
    log::set_logger(&Collector).unwrap();
    log::set_max_level(LevelFilter::Warn);
    visit("/warnings-only");
    log::set_max_level(LevelFilter::Info);
    visit("/a?b=\"\u{a0}");
    visit("/broken");
    visit("/last");

    let thread = thread::current();
    let thread = thread.name().unwrap();
    let record = |text| format!("INFO wsgi::access on access-log: GET {text} 200 {thread}");
    let expected = [record(r#"/a?b=\"\xc2\xa0"#), record("/last")];
    assert_eq!(*RECORDS.lock().unwrap(), expected);
    assert_eq!(handle.lost_lines(), 0);
}
