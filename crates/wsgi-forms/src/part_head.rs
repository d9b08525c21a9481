//! The head of a part.

use wsgi_headers::Headers;

use crate::{disposition, form_error::FormError};

/// The head of a part: its names and headers, which precede its data (RFC 7578 section 4).
///
/// ```
/// use wsgi_forms::{Boundary, Limits, Multipart};
///
/// let body = b"--xyz\r\n\
///     Content-Disposition: form-data; name=\"photo\"; filename=\"C:\\Users\\%22me%22.png\"\r\n\
///     Content-Type: image/png\r\n\
///     \r\n\
///     ...\r\n\
///     --xyz--\r\n";
/// let mut form = Multipart::new(&Boundary::new("xyz")?, &body[..], &Limits::new());
/// let part = form.next_part()?.unwrap();
/// let head = part.head();
/// assert_eq!(head.name(), "photo");
/// assert_eq!(head.file_name(), Some("C:\\Users\\\"me\".png"));
/// assert_eq!(head.base_name(), Some("\"me\".png"));
/// assert_eq!(head.content_type(), "image/png");
/// assert_eq!(head.headers().len(), 2);
/// # Ok::<(), wsgi_forms::FormError>(())
/// ```
#[derive(Clone, Debug)]
pub struct PartHead {
    name: Option<Box<str>>,
    file_name: Option<Box<str>>,
    headers: Headers,
}

impl PartHead {
    /// Reads the names in the headers of a part.
    pub(crate) fn new(headers: &Headers) -> Result<Self, FormError> {
        let (name, file_name) = disposition::read(headers)?;
        Ok(Self {
            name: name.map(Into::into),
            file_name: file_name.map(Into::into),
            headers: headers.clone(),
        })
    }

    /// The head of a field of an urlencoded form.
    pub(crate) fn of_field(name: &str) -> Self {
        Self {
            name: Some(name.into()),
            file_name: None,
            headers: Headers::new(),
        }
    }

    /// The name of the form's control. It may be empty, and it is empty if the part [has no
    /// name](Self::has_name).
    #[must_use]
    pub fn name(&self) -> &str {
        self.name.as_deref().unwrap_or_default()
    }

    /// Whether the part has a name. A part without a name belongs to no control, and
    /// [`Form`](crate::Form) leaves it out.
    ///
    /// ```
    /// use wsgi_forms::{Boundary, Limits, Multipart};
    ///
    /// let body = b"--xyz\r\nContent-Type: text/plain\r\n\r\nstray\r\n--xyz--\r\n";
    /// let mut form = Multipart::new(&Boundary::new("xyz")?, &body[..], &Limits::new());
    /// let part = form.next_part()?.unwrap();
    /// assert!(!part.head().has_name());
    /// assert_eq!(part.head().name(), "");
    /// # Ok::<(), wsgi_forms::FormError>(())
    /// ```
    #[must_use]
    pub fn has_name(&self) -> bool {
        self.name.is_some()
    }

    /// The name of the file as it was sent, or `None` if the part is not a file. The peer chooses
    /// this name: it may be empty, lead anywhere, or contain any character. See
    /// [`base_name`](Self::base_name).
    #[must_use]
    pub fn file_name(&self) -> Option<&str> {
        self.file_name.as_deref()
    }

    /// The last component of the file's name, after the last `/`, `\` or `:` (RFC 7578 section
    /// 4.2). Returns `None` if that is empty, `.` or `..`, or contains a control character.
    ///
    /// A path made of a folder and this name stays in the folder. The name may still belong to an
    /// existing file, be longer than a file system allows, or have any extension.
    ///
    /// ```
    /// # use wsgi_forms::{Form, Limits};
    /// # fn base_name(file_name: &str) -> Option<String> {
    /// #     let body = format!("--x\r\nContent-Disposition: form-data; name=f; filename=\"{file_name}\"\r\n\r\n.\r\n--x--");
    /// #     let form = Form::read("multipart/form-data; boundary=x", body.as_bytes(), &Limits::new()).unwrap();
    /// #     form.file("f").unwrap().head().base_name().map(str::to_owned)
    /// # }
    /// assert_eq!(base_name("menü.txt").as_deref(), Some("menü.txt"));
    /// assert_eq!(base_name("../../etc/passwd").as_deref(), Some("passwd"));
    /// assert_eq!(base_name("C:evil.exe").as_deref(), Some("evil.exe"));
    /// assert_eq!(base_name(".."), None);
    /// ```
    #[must_use]
    pub fn base_name(&self) -> Option<&str> {
        let name = self.file_name()?;
        let base = name.rsplit(['/', '\\', ':']).next().unwrap_or(name);
        let is_safe = !matches!(base, "" | "." | "..") && !base.contains(char::is_control);
        is_safe.then_some(base)
    }

    /// The Content-Type as it was sent. It is `text/plain` if the part has none (RFC 7578 section
    /// 4.4), and `application/octet-stream` if it is not UTF-8.
    #[must_use]
    pub fn content_type(&self) -> &str {
        self.headers
            .get("Content-Type")
            .map_or("text/plain", |value| {
                value.to_str().unwrap_or("application/octet-stream")
            })
    }

    /// All headers of the part, in order. Those other than Content-Disposition and Content-Type
    /// have no meaning in a form (RFC 7578 section 4.8), so Content-Transfer-Encoding is not
    /// applied.
    #[must_use]
    pub fn headers(&self) -> &Headers {
        &self.headers
    }

    /// The size of the headers, or of the name if the part has no headers, in bytes.
    pub(crate) fn size(&self) -> usize {
        self.headers.as_bytes().len().max(self.name().len())
    }
}
