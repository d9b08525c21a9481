//! Writing the head of a request, as a web server or a test sends it.

use crate::packet::{MAX_TEXT, WSGI};

/// Writes the head of a request to the end of a buffer: the header of a packet, CONTENT_LENGTH and
/// the other parameters. The body follows it, and then nothing.
///
/// A CONTENT_LENGTH among the parameters is left out, so that they can be all CGI variables of a
/// request. Otherwise names and values are not checked.
///
/// # Panics
///
/// All parameters together, with two lengths of two bytes each, have more than 65,535 bytes, which
/// the protocol cannot express.
///
/// ```
/// use wsgi_uwsgi::{Limits, Rejection, RequestHead, encode};
///
/// let params = [("REQUEST_METHOD", "POST"), ("PATH_INFO", "/tea"), ("CONTENT_LENGTH", "5")];
/// let mut request = Vec::new();
/// encode::request_head(&mut request, 5, params);
/// request.extend_from_slice(b"hello");
///
/// let mut head = RequestHead::new();
/// let length = head.parse(&request, &Limits::new())?.expect("a complete head");
/// assert_eq!(head.param(&request, b"PATH_INFO"), Some(&b"/tea"[..]));
/// assert_eq!((head.content_length(), &request[length..]), (5, &b"hello"[..]));
/// # Ok::<(), Rejection>(())
/// ```
pub fn request_head<N: AsRef<[u8]>, V: AsRef<[u8]>>(
    out: &mut Vec<u8>,
    content_length: u64,
    params: impl IntoIterator<Item = (N, V)>,
) {
    let mut text = Vec::new();
    param(
        &mut text,
        b"CONTENT_LENGTH",
        content_length.to_string().as_bytes(),
    );
    for (name, value) in params {
        let (name, value) = (name.as_ref(), value.as_ref());
        if name != b"CONTENT_LENGTH" {
            param(&mut text, name, value);
        }
    }
    let [modifier1, modifier2] = WSGI;
    let [low, high] = length(&text);
    out.extend_from_slice(&[modifier1, low, high, modifier2]);
    out.extend_from_slice(&text);
}

fn param(text: &mut Vec<u8>, name: &[u8], value: &[u8]) {
    for part in [name, value] {
        text.extend_from_slice(&length(part));
        text.extend_from_slice(part);
    }
}

/// The length as two bytes, the lower first.
fn length(bytes: &[u8]) -> [u8; 2] {
    assert!(
        bytes.len() <= MAX_TEXT,
        "a uwsgi packet holds at most {MAX_TEXT} bytes"
    );
    (bytes.len() as u16).to_le_bytes()
}
