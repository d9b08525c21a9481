//! `wsgi.errors` is shared, writes in whole pieces, and survives errors and panics.

use std::{
    fmt,
    io::{self, Write},
    sync::{Arc, Mutex},
    thread,
};

use wsgi_environ::Errors;

#[test]
fn clones_write_to_the_same_stream() {
    let (errors, buffer) = Errors::buffer();
    errors.print("a");
    errors.clone().write_all(b"b").unwrap();
    assert_eq!(buffer.to_string(), "a\nb");
}

/// A writer that records each call.
#[derive(Default)]
struct Calls(Vec<String>);

impl Write for Calls {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.0.push(String::from_utf8_lossy(buf).into_owned());
        Ok(buf.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        self.0.push("flush".into());
        Ok(())
    }
}

#[test]
fn each_call_is_passed_on_in_one_piece() {
    let calls = Arc::new(Mutex::new(Calls::default()));
    let taken = || std::mem::take(&mut calls.lock().unwrap().0);
    let mut errors = Errors::shared(calls.clone());
    write!(errors, "{} of {}", 2, 3).unwrap();
    write!(&errors, "{}{}", 4, 5).unwrap();
    assert_eq!(taken(), ["2 of 3", "45"]);
    errors.flush().unwrap();
    assert_eq!(taken(), ["flush"]);
    (&errors).flush().unwrap();
    assert_eq!(taken(), ["flush"]);
    drop(errors);
    assert_eq!(Arc::strong_count(&calls), 1);
}

#[test]
fn a_flush_that_fails_is_an_error() {
    struct Full;
    impl Write for Full {
        fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
            Ok(buf.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Err(io::ErrorKind::StorageFull.into())
        }
    }
    let errors = Errors::to(Full);
    let error = (&errors).flush().unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::StorageFull);
}

#[test]
fn the_debug_form_names_the_stream() {
    assert_eq!(format!("{:?}", Errors::default()), "Errors::stderr");
    assert_eq!(format!("{:?}", Errors::discard()), "Errors::discard");
    let (buffer, _) = Errors::buffer();
    assert_eq!(format!("{buffer:?}"), "Errors::to(..)");
}

#[test]
fn lines_of_several_threads_are_not_mixed() {
    let (errors, buffer) = Errors::buffer();
    thread::scope(|scope| {
        for number in 0..4 {
            let errors = &errors;
            scope.spawn(move || {
                for _ in 0..100 {
                    errors.print(format_args!("{number}{number}{number}"));
                    writeln!(&*errors, "{number}-{number}").unwrap();
                }
            });
        }
    });
    let text = buffer.to_string();
    assert_eq!(text.lines().count(), 800);
    for line in text.lines() {
        assert!(line.len() == 3 && line.starts_with(&line[2..]), "{line}");
    }
}

#[test]
fn a_value_may_write_to_the_stream_it_is_written_to() {
    struct Chatty<'a>(&'a Errors);
    impl fmt::Display for Chatty<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            self.0.print("inner");
            f.write_str("outer")
        }
    }
    let (errors, buffer) = Errors::buffer();
    errors.print(Chatty(&errors));
    assert_eq!(buffer.to_string(), "inner\nouter\n");
}

#[test]
fn a_value_that_cannot_be_formatted_is_an_error_and_not_a_panic() {
    struct Broken;
    impl fmt::Display for Broken {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            Err(fmt::Error)
        }
    }
    let (errors, buffer) = Errors::buffer();
    assert!(write!(&errors, "{Broken}").is_err());
    errors.print(Broken);
    assert_eq!(buffer.contents(), b"");
}

#[test]
fn a_full_disk_does_not_fail_a_request() {
    struct Full;
    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut errors = Errors::to(Full);
    errors.print("lost");
    assert!(errors.write(b"x").is_err());
    assert!(errors.flush().is_ok());
}

#[test]
fn a_writer_that_panicked_is_used_again() {
    struct Once(bool);
    impl Write for Once {
        fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
            assert!(
                std::mem::replace(&mut self.0, true),
                "the first write panics"
            );
            Ok(buf.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let errors = Errors::to(Once(false));
    let writing = errors.clone();
    assert!(thread::spawn(move || writing.print("x")).join().is_err());
    assert_eq!((&errors).write(b"abc").unwrap(), 3);
}

#[test]
fn a_discarded_line_is_not_an_error() {
    assert_eq!(Errors::discard().write(b"abc").unwrap(), 3);
}
