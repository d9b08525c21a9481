//! Records of the `log` crate, made of what is written to an errors stream.
#![cfg(feature = "log")]

use std::{
    cell::{Cell, RefCell},
    io::Write,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Once,
    thread,
};

use log::{Level, LevelFilter, Log, Metadata, Record};
use wsgi_environ::Errors;

thread_local! {
    /// The records of this thread.
    static RECORDS: RefCell<Vec<(Level, String)>> = const { RefCell::new(Vec::new()) };

    /// The number of times that this thread flushed the logger.
    static FLUSHES: Cell<usize> = const { Cell::new(0) };
}

struct Collector;

impl Log for Collector {
    fn enabled(&self, _metadata: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        assert_eq!(record.target(), "wsgi");
        let text = record.args().to_string();
        assert!(!text.contains("the logger fails"));
        if text.contains("the logger writes") {
            Errors::log().print("a line of the test");
            Errors::log().notice("a notice of the test");
            (&Errors::log()).flush().unwrap();
        }
        RECORDS.with_borrow_mut(|records| records.push((record.level(), text)));
    }

    fn flush(&self) {
        FLUSHES.set(FLUSHES.get() + 1);
    }
}

fn errors() -> Errors {
    static START: Once = Once::new();
    START.call_once(|| {
        log::set_logger(&Collector).unwrap();
        log::set_max_level(LevelFilter::Info);
    });
    Errors::log()
}

/// The texts of new records, which are errors.
fn texts() -> Vec<String> {
    let records = RECORDS.take();
    assert!(records.iter().all(|(level, _)| *level == Level::Error));
    records.into_iter().map(|(_, text)| text).collect()
}

#[test]
fn a_call_is_a_record() {
    let errors = errors();
    errors.print(format_args!("{} of {} rows", 2, 3));
    writeln!(&errors, "row {}:\n  no name", 3).unwrap();
    (&errors).write_all(b"one\ntwo\n\n").unwrap();
    assert_eq!(texts(), ["2 of 3 rows", "row 3:\n  no name", "one\ntwo"]);
}

#[test]
fn a_notice_is_no_error() {
    errors().notice("the kettle is on");
    let records = RECORDS.take();
    assert_eq!(records, [(Level::Info, "the kettle is on".to_owned())]);
}

#[test]
fn pieces_wait_for_the_end_of_their_line() {
    let errors = errors();
    let text = "out of t\u{e9}a\nand of caf\u{e9}\n";
    for byte in text.bytes() {
        assert_eq!((&errors).write(&[byte]).unwrap(), 1);
    }
    assert_eq!(texts(), ["out of t\u{e9}a", "and of caf\u{e9}"]);
    (&errors).write_all(b"a\nb\nc").unwrap();
    (&errors).write_all(b"d\ne").unwrap();
    assert_eq!(texts(), ["a\nb", "cd"]);
    Errors::end_entry();
    assert_eq!(texts(), ["e"]);
}

#[test]
fn an_entry_ends_by_a_flush_or_with_the_request_but_once() {
    let errors = errors();
    (&errors).write_all(b"no end").unwrap();
    (&errors).flush().unwrap();
    assert_eq!(texts(), ["no end"]);
    assert_eq!(FLUSHES.get(), 1);
    (&errors).write_all(b"no end").unwrap();
    Errors::end_entry();
    Errors::end_entry();
    (&errors).flush().unwrap();
    assert_eq!(texts(), ["no end"]);
}

#[test]
fn threads_do_not_mix_their_entries() {
    let errors = errors();
    (&errors).write_all(b"my ").unwrap();
    let other = errors.clone();
    let theirs = thread::spawn(move || {
        other.print("their entry");
        texts()
    });
    assert_eq!(theirs.join().unwrap(), ["their entry"]);
    errors.print("entry");
    assert_eq!(texts(), ["my entry"]);
}

#[test]
fn blank_lines_are_left_out_and_bytes_that_are_not_text_replaced() {
    let errors = errors();
    errors.print("");
    (&errors).write_all(b"\n\n\n").unwrap();
    (&errors).write_all(b"a\xffb\n").unwrap();
    assert_eq!(texts(), ["a\u{fffd}b"]);
}

#[test]
fn an_entry_without_end_is_bounded_and_cut_between_characters() {
    const MAX_BYTES: usize = 8 * 1024;
    let errors = errors();
    let piece = "\u{20ac}".repeat(MAX_BYTES / 3);
    assert_eq!(piece.len(), MAX_BYTES - 2);
    (&errors).write_all(piece.as_bytes()).unwrap();
    (&errors).write_all(b"xy").unwrap();
    assert_eq!(texts(), Vec::<String>::new(), "exactly at the limit");
    (&errors).write_all(&"\u{20ac}".as_bytes()[..2]).unwrap();
    assert_eq!(texts(), [format!("{piece}xy")]);
    (&errors).write_all(&"\u{20ac}".as_bytes()[2..]).unwrap();
    (&errors).write_all(b"\n").unwrap();
    assert_eq!(texts(), ["\u{20ac}"]);
    // A single call has no limit: the caller has its text in memory.
    let long = "a".repeat(10 * MAX_BYTES);
    (&errors).write_all(long.as_bytes()).unwrap();
    errors.print(&long);
    assert_eq!(texts(), [long.clone(), long]);
}

#[test]
fn a_value_may_write_to_the_stream_while_it_is_formatted() {
    struct Chatty(Errors);
    impl std::fmt::Display for Chatty {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            self.0.print("inner");
            f.write_str("outer")
        }
    }
    let errors = errors();
    errors.print(Chatty(errors.clone()));
    assert_eq!(texts(), ["inner", "outer"]);
}

#[test]
fn a_logger_that_writes_to_the_stream_does_not_call_itself() {
    let errors = errors();
    errors.print("the logger writes");
    errors.print("the next one");
    assert_eq!(texts(), ["the logger writes", "the next one"]);
    assert_eq!(FLUSHES.get(), 0);
}

#[test]
fn a_panic_of_the_logger_concerns_its_record_alone() {
    let errors = errors();
    let caught = catch_unwind(AssertUnwindSafe(|| errors.print("the logger fails")));
    assert!(caught.is_err());
    errors.print("the next one");
    assert_eq!(texts(), ["the next one"]);
}

#[test]
fn a_thread_that_ends_loses_no_line() {
    struct Last(Errors);
    impl Drop for Last {
        fn drop(&mut self) {
            (&self.0).write_all(b"no end").unwrap();
            self.0.print("the last words");
            LAST.lock().unwrap().append(&mut texts());
        }
    }
    static LAST: std::sync::Mutex<Vec<String>> = std::sync::Mutex::new(Vec::new());
    thread_local! {
        static OWN: RefCell<Option<Last>> = const { RefCell::new(None) };
    }
    let errors = errors();
    thread::spawn(move || OWN.set(Some(Last(errors))))
        .join()
        .unwrap();
    let text = LAST.lock().unwrap().join("");
    assert_eq!(text, "no endthe last words");
}
