//! An environ from a request of the `http` crate.

use ::http::{Version, request::Parts};

use crate::{
    environ::Environ,
    live::{Field, Received},
};

impl Environ {
    /// The environ of a request with this head.
    ///
    /// It has the variables of [`receive`](Self::receive), and the scheme of the URI, if it has
    /// one. `HTTP_HOST` is the authority of the URI, if it has one, without user information.
    /// `REQUEST_URI` is the path and query as in HTTP/1.1, also for HTTP/2, whose URIs are made of
    /// pseudo-header fields.
    ///
    /// ```
    /// use wsgi_environ::Environ;
    ///
    /// let request = http::Request::get("https://example.org/a%20b?c")
    ///     .header("User-Agent", "curl")
    ///     .body(())?;
    /// let environ = Environ::from_parts(&request.into_parts().0);
    /// assert_eq!(environ.path_info(), "/a b");
    /// assert_eq!(environ.url_scheme(), "https");
    /// assert_eq!(environ.get("HTTP_HOST").unwrap(), "example.org");
    /// # Ok::<(), http::Error>(())
    /// ```
    #[must_use]
    pub fn from_parts(parts: &Parts) -> Self {
        let mut head = Head::default();
        let uri = &parts.uri;
        let method = head.push(parts.method.as_str().as_bytes());
        let target = match (parts.version, uri.path_and_query()) {
            (Version::HTTP_2 | Version::HTTP_3, Some(path_and_query)) => {
                head.push(path_and_query.as_str().as_bytes())
            }
            _ => head.push(uri.to_string().as_bytes()),
        };
        // `OPTIONS *` asks about the server as a whole and names no path.
        let path = head.push(
            uri.path()
                .strip_prefix('*')
                .unwrap_or(uri.path())
                .as_bytes(),
        );
        let query = head.push(uri.query().unwrap_or_default().as_bytes());
        let authority = uri.authority().map(|authority| {
            let authority = authority.as_str();
            let host = authority
                .rsplit_once('@')
                .map_or(authority, |(_, host)| host);
            head.push(host.as_bytes())
        });
        let fields: Vec<_> = parts
            .headers
            .iter()
            .map(|(name, value)| Field {
                name: head.push(name.as_str().as_bytes()),
                value: head.push(value.as_bytes().trim_ascii()),
            })
            .collect();

        let mut environ = Self::new();
        let received = Received {
            head: &head.0,
            method,
            target,
            path,
            has_escapes: true,
            query,
            authority,
            protocol: protocol(parts.version),
        };
        environ.receive(&received, fields);
        if let Some(scheme) = uri.scheme_str() {
            environ.set_url_scheme(scheme.to_owned());
        }
        environ
    }
}

/// The text of a head as it grows.
#[derive(Default)]
struct Head(Vec<u8>);

impl Head {
    /// Appends a text and returns its span. A span beyond 4 GiB is out of range and reads as empty.
    fn push(&mut self, text: &[u8]) -> (u32, u32) {
        let offset = |text: &Vec<u8>| u32::try_from(text.len()).unwrap_or(u32::MAX);
        let start = offset(&self.0);
        self.0.extend_from_slice(text);
        (start, offset(&self.0))
    }
}

fn protocol(version: Version) -> &'static str {
    match version {
        Version::HTTP_09 => "HTTP/0.9",
        Version::HTTP_10 => "HTTP/1.0",
        Version::HTTP_2 => "HTTP/2.0",
        Version::HTTP_3 => "HTTP/3.0",
        _ => "HTTP/1.1",
    }
}
