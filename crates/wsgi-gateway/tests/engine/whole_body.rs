//! Whole bodies that a gateway takes at once.

use std::io;

use wsgi_application::{Application, Body, Chunk, Environ, Head, Status, application};
use wsgi_environ::{End, Errors};
use wsgi_gateway::{Delivery, Engine, Exchange, Framing, Rest, Rules, Transport};

/// A gateway that takes whole bodies of at most ten bytes.
#[derive(Default)]
struct Copying(String);

impl Transport for Copying {
    fn head(&mut self, _: &Head, _: Framing) -> io::Result<()> {
        Ok(())
    }
    fn body(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0 += &String::from_utf8_lossy(bytes);
        Ok(())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
    fn take_body(&mut self, bytes: &[u8]) -> bool {
        let takes = bytes.len() <= 10;
        if takes {
            self.0 += &format!("[{}]", String::from_utf8_lossy(bytes));
        }
        takes
    }
}

/// Answers with a body that is declared to have a length. Returns what went to the gateway.
fn respond(
    rules: Rules,
    declared: Option<&'static str>,
    body: impl Fn() -> Body + Send + Sync,
) -> (String, Delivery) {
    let app = application(move |_environ, start_response| {
        let length = declared.map(|length| ("Content-Length", length));
        start_response.start(Status::OK, length.as_slice())?;
        Ok(body())
    });
    call(rules, &app)
}

fn call(rules: Rules, app: &impl Application) -> (String, Delivery) {
    let (mut environ, mut copying) = (Environ::new(), Copying::default());
    environ.set_errors(Errors::discard());
    let mut exchange = Exchange::new();
    let delivery = Engine::new().respond(app, &mut environ, rules, &mut exchange, &mut copying);
    (copying.0, delivery)
}

#[test]
fn a_whole_body_may_be_taken_at_once() {
    // Bytes whose owner has lost them.
    let lost = || Chunk::from_owner(Losing(Default::default())).into();
    type Row = (
        &'static str,
        Option<&'static str>,
        fn() -> Body,
        &'static str,
        &'static str,
    );
    let rows: [Row; 8] = [
        ("short", None, || "0123456789".into(), "[0123456789]", ""),
        ("long", None, || "0123456789a".into(), "", "0123456789a"),
        ("owned", Some("3"), || b"abc".to_vec().into(), "[abc]", ""),
        ("surplus", Some("2"), || "abc".into(), "[ab]", ""),
        ("much", Some("3"), || "0123456789a".into(), "[012]", ""),
        (
            "long surplus",
            Some("11"),
            || "0123456789ab".into(),
            "",
            "0123456789a",
        ),
        ("missing", Some("4"), || "abc".into(), "[abc]", ""),
        ("empty", None, || "".into(), "", ""),
    ];
    for (name, declared, body, taken, left) in rows {
        let (text, delivery) = respond(Rules::default(), declared, body);
        assert_eq!(text, taken, "{name}");
        let is_whole = name != "missing";
        assert_eq!(delivery.is_complete(), is_whole, "{name}");
        let length = taken.trim_matches(['[', ']']).len() + left.len();
        assert_eq!(delivery.body_bytes(), length as u64, "{name}");
        match delivery.rest {
            Rest::Nothing => assert_eq!(left, "", "{name}"),
            Rest::Bytes(bytes) => assert_eq!(bytes, left, "{name}"),
            rest => panic!("{name}: {rest:?}"),
        }
    }
    let (text, delivery) = respond(Rules::default(), None, lost);
    assert_eq!(text, "");
    assert!(
        matches!(delivery.rest, Rest::Bytes(_)),
        "the gateway cuts it"
    );
}

#[test]
fn the_end_of_a_written_body_is_taken_after_the_head_and_what_was_written() {
    for (declared, taken) in [(None, "ab[cd]"), (Some("3"), "ab[c]"), (Some("2"), "ab")] {
        let app = application(move |_environ, start_response| {
            let length = declared.map(|length| ("Content-Length", length));
            let mut body = start_response.start(Status::OK, length.as_slice())?;
            io::Write::write_all(&mut body, b"ab")?;
            Ok("cd".into())
        });
        let (text, delivery) = call(Rules::default(), &app);
        assert_eq!(text, taken, "{declared:?}");
        let length = taken.trim_end_matches(']').replace('[', "").len();
        assert_eq!(delivery.body_bytes(), length as u64, "{declared:?}");
        assert!(matches!(delivery.rest, Rest::Nothing), "{declared:?}");
    }
}

#[test]
fn a_body_that_is_not_sent_is_not_taken() {
    let rules = Rules {
        head_only: true,
        chunked: true,
    };
    let (text, delivery) = respond(rules, None, || "abc".into());
    assert_eq!((text.as_str(), delivery.end()), ("", End::Complete));
    assert_eq!(delivery.body_bytes(), 0);
}

/// Three bytes, but only when it is asked first.
struct Losing(std::sync::atomic::AtomicBool);

impl AsRef<[u8]> for Losing {
    fn as_ref(&self) -> &[u8] {
        match self.0.swap(true, std::sync::atomic::Ordering::Relaxed) {
            false => b"abc",
            true => b"",
        }
    }
}
