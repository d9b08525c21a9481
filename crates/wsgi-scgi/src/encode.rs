//! Writing the head of a request, as a web server or a test sends it.

/// Writes the head of a request to the end of a buffer: CONTENT_LENGTH, SCGI and the other headers
/// as a netstring. The body follows it, and then nothing.
///
/// A CONTENT_LENGTH or SCGI among the headers is left out, so that they can be all CGI variables of
/// a request. Otherwise names and values are not checked: neither may contain NUL, and a name is
/// not empty and comes once.
///
/// ```
/// use wsgi_scgi::{Limits, Rejection, RequestHead, encode};
///
/// let headers = [("REQUEST_METHOD", "POST"), ("PATH_INFO", "/tea"), ("CONTENT_LENGTH", "5")];
/// let mut request = Vec::new();
/// encode::request_head(&mut request, 5, headers);
/// request.extend_from_slice(b"hello");
///
/// let mut head = RequestHead::new();
/// let length = head.parse(&request, &Limits::new())?.expect("a complete head");
/// assert_eq!(head.header(&request, b"PATH_INFO"), Some(&b"/tea"[..]));
/// assert_eq!((head.content_length(), &request[length..]), (5, &b"hello"[..]));
/// # Ok::<(), Rejection>(())
/// ```
pub fn request_head<N: AsRef<[u8]>, V: AsRef<[u8]>>(
    out: &mut Vec<u8>,
    content_length: u64,
    headers: impl IntoIterator<Item = (N, V)>,
) {
    let mut text = format!("CONTENT_LENGTH\0{content_length}\0SCGI\x001\0").into_bytes();
    for (name, value) in headers {
        let (name, value) = (name.as_ref(), value.as_ref());
        if matches!(name, b"CONTENT_LENGTH" | b"SCGI") {
            continue;
        }
        for part in [name, value] {
            text.extend_from_slice(part);
            text.push(0);
        }
    }
    out.extend_from_slice(format!("{}:", text.len()).as_bytes());
    out.extend_from_slice(&text);
    out.push(b',');
}
