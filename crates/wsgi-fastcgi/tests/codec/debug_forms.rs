//! The debug forms show the length and the place of the parameters, and no bytes of them.

use wsgi_fastcgi::{Limits, RecordType, RequestHead};

use crate::connection::Sent;

/// A parameter that has a secret.
const COOKIE: &[u8; 17] = b"\x0b\x04HTTP_COOKIEid=7";

#[test]
fn the_debug_form_of_a_head_shows_no_bytes_of_its_parameters() {
    let one = Sent::default()
        .begin(1)
        .stream(RecordType::PARAMS, 1, COOKIE)
        .end(RecordType::PARAMS, 1);
    let two = Sent::default()
        .begin(1)
        .stream(RecordType::PARAMS, 1, &COOKIE[..3])
        .stream(RecordType::PARAMS, 1, &COOKIE[3..])
        .end(RecordType::PARAMS, 1);
    for (sent, expected) in [
        (
            one,
            "source: Record { start: 24, end: 41 }, text: (0 bytes), ",
        ),
        (two, "source: Records, text: (17 bytes), "),
    ] {
        let Sent(bytes) = sent;
        let mut head = RequestHead::new();
        head.parse(&bytes, &Limits::new(), &mut Vec::new()).unwrap();
        let shown = format!("{head:?}");
        let rest = shown.strip_prefix(
            "RequestHead { id: 1, keep_conn: true, role: Role(1), method: None, \
             content_length: None, ",
        );
        let rest = rest.and_then(|rest| rest.strip_prefix(expected));
        let progress = "interleaved: 0, progress: Progress { at: 0 } }";
        assert_eq!(rest, Some(progress), "{shown}");

        let mut params = head.params(&bytes);
        assert_eq!(format!("{params:?}"), "Params { text: (17 bytes), at: 0 }");
        assert!(params.next().is_some());
        assert_eq!(format!("{params:?}"), "Params { text: (17 bytes), at: 17 }");
    }
}
