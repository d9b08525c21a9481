//! The result of a header, however its bytes are cut.

use wsgi_proxy_protocol::{Header, Limits, Rejection};

/// Checks the result of a header that more bytes follow: it is the same for every beginning of the
/// bytes that is long enough, and shorter ones are incomplete.
#[track_caller]
pub(crate) fn check_with<'a>(
    bytes: &'a [u8],
    limits: &Limits,
    expected: Result<usize, Rejection>,
) -> Option<Header<'a>> {
    let mut needed = None;
    for end in 0..=bytes.len() {
        let shown = bytes[..end].escape_ascii();
        match Header::parse(&bytes[..end], limits) {
            Ok(None) => assert_eq!(needed, None, "incomplete, but was not before: {shown}"),
            result => {
                needed.get_or_insert(end);
                assert_eq!(
                    result.map(|header| header.unwrap().length()),
                    expected,
                    "{shown}"
                );
            }
        }
    }
    if let Ok(length) = expected {
        assert_eq!(
            needed,
            Some(length),
            "no byte more than the header is needed"
        );
        return Header::parse(bytes, limits).unwrap();
    }
    let needed = needed.expect("refused in the end");
    assert!(
        needed <= limit(limits),
        "refused before there are too many bytes"
    );
    None
}

/// Checks a header that is accepted, and returns it.
#[track_caller]
pub(crate) fn accepted(bytes: &[u8]) -> Header<'_> {
    let length = bytes.len();
    let followed: &[u8] = Vec::leak([bytes, b"GET / HTTP/1.1\r\n\r\n"].concat());
    check_with(followed, &Limits::new(), Ok(length)).unwrap()
}

/// Checks a header that is refused.
#[track_caller]
pub(crate) fn refused(bytes: &[u8], rejection: Rejection) {
    check_with(bytes, &Limits::new(), Err(rejection));
}

/// The most bytes that have to be held.
fn limit(limits: &Limits) -> usize {
    match *limits == Limits::new() {
        true => 1024,
        false => usize::MAX,
    }
}
