//! Header fields that an error page must have too.

use wsgi_environ::{Environ, ReusableExtension, is_hop_by_hop};
use wsgi_headers::Headers;

use crate::head::Head;

/// Header fields for the answer that a gateway sends in place of a failed application; an extension
/// of the environ.
///
/// That answer does not come from the application, and no [`Filter`](crate::Filter) sees it.
/// Middleware stores here a field that every response to the request must have, such as the
/// request's id or the cookie of a session that is already saved.
///
/// ```
/// use wsgi_application::{Environ, ErrorFields, Head};
///
/// let mut environ = Environ::new();
/// ErrorFields::of(&mut environ).set("X-Request-ID", "7f-3")?; // middleware
///
/// let mut head = Head::new(); // a gateway, with the head of its error page
/// head.headers.append("Content-Type", "text/plain")?;
/// if let Some(fields) = environ.extension::<ErrorFields>() {
///     fields.put_on(&mut head);
/// }
/// assert_eq!(head.headers.get("X-Request-ID").unwrap(), "7f-3");
/// # Ok::<(), wsgi_application::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct ErrorFields(Headers);

impl ErrorFields {
    /// The fields of a request; empty at first.
    pub fn of(environ: &mut Environ) -> &mut Headers {
        &mut environ.reusable_extension::<Self>().0
    }

    /// For gateways: adds the fields to the head of the answer, in place of fields with the same
    /// names. A `Set-Cookie` and a `Vary` are added beside others (RFC 9110 section 5.3): the
    /// answer depends on what either names. Fields of the connection and a `Content-Length` do not
    /// fit another body and are left out.
    ///
    /// ```
    /// use wsgi_application::{Environ, ErrorFields, Head};
    ///
    /// let mut environ = Environ::new();
    /// let fields = ErrorFields::of(&mut environ);
    /// fields.extend_from([("Set-Cookie", "id=7f"), ("Cache-Control", "no-store")])?;
    ///
    /// let mut head = Head::new();
    /// head.headers.extend_from([("Set-Cookie", "a=1"), ("Cache-Control", "public")])?;
    /// environ.extension::<ErrorFields>().unwrap().put_on(&mut head);
    /// assert!(head.headers.get_all("Set-Cookie").eq(["a=1", "id=7f"]));
    /// assert!(head.headers.get_all("Cache-Control").eq(["no-store"]));
    /// # Ok::<(), wsgi_application::Error>(())
    /// ```
    pub fn put_on(&self, head: &mut Head) {
        let is_sent = |name: &str| !is_hop_by_hop(name) && !is(name, "Content-Length");
        for name in self.0.keys() {
            if is_sent(name) && !is(name, "Set-Cookie") && !is(name, "Vary") {
                head.headers.remove(name);
            }
        }
        for (name, value) in &self.0 {
            if is_sent(name) {
                // Names and values were checked, and no head reaches 4 GiB.
                let _ = head.headers.append(name, value);
            }
        }
    }
}

impl ReusableExtension for ErrorFields {
    fn clear(&mut self) {
        self.0.clear();
    }
}

fn is(name: &str, other: &str) -> bool {
    name.eq_ignore_ascii_case(other)
}
