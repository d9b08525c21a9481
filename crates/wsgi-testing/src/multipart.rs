//! The body of a form with files.

/// The fields and files of a form, for [`Request::multipart`](crate::Request::multipart) (RFC
/// 7578).
///
/// Names and file names are escaped as in browsers: `"` as `%22`, and line ends as `%0D` and `%0A`.
///
/// ```
/// use wsgi_testing::{Multipart, Request};
///
/// let form = Multipart::new()
///     .field("title", "My cat")
///     .file("photo", "cat.png", "image/png", b"\x89PNG");
/// let request = Request::post("/photos").multipart(&form).environ(|environ| {
///     let content_type = environ.get("CONTENT_TYPE").unwrap().to_string();
///     assert!(content_type.starts_with("multipart/form-data; boundary="));
/// });
/// # let _ = request;
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Multipart {
    parts: Vec<(String, Vec<u8>)>,
}

impl Multipart {
    /// A form without fields.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a field. Fields of the same name stay.
    pub fn field(mut self, name: &str, value: &str) -> Self {
        self.parts.push((disposition(name), value.into()));
        self
    }

    /// Adds a file with its name and its media type. Files of the same name stay.
    ///
    /// # Panics
    ///
    /// The media type has a control character.
    #[track_caller]
    pub fn file(
        mut self,
        name: &str,
        file_name: &str,
        media_type: &str,
        content: impl Into<Vec<u8>>,
    ) -> Self {
        let has_control = media_type.contains(|c: char| c.is_ascii_control());
        assert!(!has_control, "{media_type:?} is not a media type");
        let head = format!(
            "{}; filename=\"{}\"\r\nContent-Type: {media_type}",
            disposition(name),
            escaped(file_name)
        );
        self.parts.push((head, content.into()));
        self
    }

    /// The boundary, which is in no part, and the body.
    pub(crate) fn encoded(&self) -> (String, Vec<u8>) {
        let is_in = |boundary: &str, part: &[u8]| {
            let mut windows = part.windows(boundary.len());
            windows.any(|window| window == boundary.as_bytes())
        };
        let is_free = |boundary: &String| {
            let mut parts = self.parts.iter();
            !parts.any(|(head, body)| is_in(boundary, head.as_bytes()) || is_in(boundary, body))
        };
        let mut boundaries = (0..u64::MAX).map(|number| format!("----wsgi-testing-{number:020}"));
        let boundary = boundaries.find(is_free).unwrap_or_default();
        let mut encoded = Vec::new();
        for (head, body) in &self.parts {
            encoded.extend_from_slice(format!("--{boundary}\r\n{head}\r\n\r\n").as_bytes());
            encoded.extend_from_slice(body);
            encoded.extend_from_slice(b"\r\n");
        }
        encoded.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
        (boundary, encoded)
    }
}

fn disposition(name: &str) -> String {
    format!("Content-Disposition: form-data; name=\"{}\"", escaped(name))
}

/// A name in quotes (HTML Standard, "multipart form data").
fn escaped(name: &str) -> String {
    name.replace('\r', "%0D")
        .replace('\n', "%0A")
        .replace('"', "%22")
}
