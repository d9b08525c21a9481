//! A whole form.

use std::io::{self, BufRead, Read};

use wsgi_headers::Value;

use crate::{
    boundary::{Boundary, is_media_type},
    field::Field,
    form_error::FormError,
    limits::Limits,
    multipart::Multipart,
    part::Part,
    spool::Spool,
    upload::Upload,
    urlencoded_reader::UrlencodedReader,
};

/// A form that was read to its end. Its fields and files are in the order in which they were sent.
///
/// Lookups take time linear in the number of fields.
///
/// ```
/// use wsgi_forms::{Form, Limits};
///
/// let body = &b"size=L&topping=olives&topping=capers"[..];
/// let form = Form::read("application/x-www-form-urlencoded", body, &Limits::new())?;
/// assert_eq!(form.get("size"), Some("L"));
/// assert_eq!(form.get("topping"), Some("olives"));
/// assert!(form.get_all("topping").eq(["olives", "capers"]));
/// assert_eq!(form.get("crust"), None);
/// # Ok::<(), wsgi_forms::FormError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Form {
    entries: Vec<Entry>,
}

/// A field or a file of a [`Form`].
///
/// ```
/// use wsgi_forms::{Entry, Form, Limits};
///
/// let body = b"--x\r\nContent-Disposition: form-data; name=title\r\n\r\nA cat\r\n\
///     --x\r\nContent-Disposition: form-data; name=photo; filename=cat.png\r\n\r\n...\r\n--x--";
/// let form = Form::read("multipart/form-data; boundary=x", &body[..], &Limits::new())?;
/// let describe = |entry: &Entry| match entry {
///     Entry::Field(field) => format!("{}: {}", field.name(), field.value()),
///     Entry::File(file) => format!("{}: {} bytes", file.name(), file.len()),
/// };
/// let described: Vec<_> = form.entries().iter().map(describe).collect();
/// assert_eq!(described, ["title: A cat", "photo: 3 bytes"]);
/// # Ok::<(), wsgi_forms::FormError>(())
/// ```
#[derive(Clone, Debug)]
pub enum Entry {
    /// A name and a text.
    Field(Field),
    /// A file.
    File(Upload),
}

impl Form {
    /// Reads a form of either kind, according to its Content-Type.
    ///
    /// Leaves out parts without a name, and file controls in which no file was chosen: browsers
    /// send an empty file without a name for those.
    ///
    /// # Errors
    ///
    /// The Content-Type is another one, the form is malformed or exceeds a limit, or the body
    /// cannot be read. Files that were already stored are removed.
    ///
    /// ```
    /// use wsgi_forms::{Form, Limits};
    ///
    /// let body = b"--xyz\r\n\
    ///     Content-Disposition: form-data; name=\"title\"\r\n\
    ///     \r\n\
    ///     A cat\r\n\
    ///     --xyz\r\n\
    ///     Content-Disposition: form-data; name=\"photo\"; filename=\"cat.png\"\r\n\
    ///     Content-Type: image/png\r\n\
    ///     \r\n\
    ///     ...\r\n\
    ///     --xyz--\r\n";
    /// let form = Form::read("multipart/form-data; boundary=xyz", &body[..], &Limits::new())?;
    /// assert_eq!(form.get("title"), Some("A cat"));
    /// assert_eq!(form.file("photo").unwrap().file_name(), "cat.png");
    /// # Ok::<(), wsgi_forms::FormError>(())
    /// ```
    pub fn read<'a>(
        content_type: impl Into<Value<'a>>,
        reader: impl Read,
        limits: &Limits,
    ) -> Result<Self, FormError> {
        let content_type = content_type.into();
        if is_media_type(content_type, "application/x-www-form-urlencoded") {
            Self::read_urlencoded(reader, limits)
        } else {
            let boundary =
                Boundary::from_content_type(content_type).map_err(|error| match error {
                    FormError::NotMultipart => FormError::ContentType,
                    error => error,
                })?;
            Self::read_multipart(&boundary, reader, limits)
        }
    }

    /// Reads an `application/x-www-form-urlencoded` body, like [`read`](Self::read).
    ///
    /// # Errors
    ///
    /// The form exceeds a limit, or the body cannot be read.
    pub fn read_urlencoded(reader: impl Read, limits: &Limits) -> Result<Self, FormError> {
        let mut fields = UrlencodedReader::new(reader, limits);
        let mut builder = Builder::new(limits);
        while let Some(field) = fields.next_field()? {
            builder.count_text(field.size())?;
            builder.entries.push(Entry::Field(field));
        }
        Ok(builder.build())
    }

    /// Reads a `multipart/form-data` body, like [`read`](Self::read).
    ///
    /// # Errors
    ///
    /// The form is malformed or exceeds a limit, the body cannot be read, or a file cannot be
    /// stored. Files that were already stored are removed.
    ///
    /// ```
    /// use wsgi_forms::{Boundary, Form, Limits};
    ///
    /// let body = b"--x\r\nContent-Disposition: form-data; name=title\r\n\r\nA cat\r\n--x--";
    /// let form = Form::read_multipart(&Boundary::new("x")?, &body[..], &Limits::new())?;
    /// assert_eq!(form.get("title"), Some("A cat"));
    /// # Ok::<(), wsgi_forms::FormError>(())
    /// ```
    pub fn read_multipart(
        boundary: &Boundary,
        reader: impl Read,
        limits: &Limits,
    ) -> Result<Self, FormError> {
        let mut parts = Multipart::new(boundary, reader, limits);
        let mut builder = Builder::new(limits);
        while let Some(part) = parts.next_part()? {
            if !part.head().has_name() {
                continue;
            }
            builder.count_text(part.head().size())?;
            if part.head().file_name().is_none() {
                builder.field(part)?;
            } else {
                builder.file(part)?;
            }
        }
        Ok(builder.build())
    }

    /// The value of the first field with this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.get_all(name).next()
    }

    /// The values of all fields with this name, in order.
    pub fn get_all(&self, name: &str) -> impl Iterator<Item = &str> {
        let named = self.fields().filter(move |field| field.name() == name);
        named.map(Field::value)
    }

    /// The first file whose control has this name, if one was chosen.
    #[must_use]
    pub fn file(&self, name: &str) -> Option<&Upload> {
        self.files_named(name).next()
    }

    /// All files whose control has this name, in order: those of a control with `multiple`.
    ///
    /// ```
    /// use wsgi_forms::{Form, Limits};
    ///
    /// let body = b"--x\r\nContent-Disposition: form-data; name=photos; filename=cat.png\r\n\r\n...\r\n\
    ///     --x\r\nContent-Disposition: form-data; name=photos; filename=dog.png\r\n\r\n...\r\n--x--";
    /// let form = Form::read("multipart/form-data; boundary=x", &body[..], &Limits::new())?;
    /// let photos = form.files_named("photos").map(|photo| photo.file_name());
    /// assert!(photos.eq(["cat.png", "dog.png"]));
    /// # Ok::<(), wsgi_forms::FormError>(())
    /// ```
    pub fn files_named(&self, name: &str) -> impl Iterator<Item = &Upload> {
        self.files().filter(move |file| file.name() == name)
    }

    /// The fields that are not files, in order.
    pub fn fields(&self) -> impl Iterator<Item = &Field> {
        self.entries.iter().filter_map(|entry| match entry {
            Entry::Field(field) => Some(field),
            Entry::File(_) => None,
        })
    }

    /// The files, in order.
    pub fn files(&self) -> impl Iterator<Item = &Upload> {
        self.entries.iter().filter_map(|entry| match entry {
            Entry::Field(_) => None,
            Entry::File(file) => Some(file),
        })
    }

    /// The fields and files together, in order.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Converts the form into its fields and files.
    ///
    /// ```
    /// use wsgi_forms::{Entry, Form, Limits};
    ///
    /// let form = Form::read_urlencoded(&b"size=L&topping=olives"[..], &Limits::new())?;
    /// let mut values = Vec::new();
    /// for entry in form.into_entries() {
    ///     if let Entry::Field(field) = entry {
    ///         values.push(field.into_value());
    ///     }
    /// }
    /// assert_eq!(values, ["L", "olives"]);
    /// # Ok::<(), wsgi_forms::FormError>(())
    /// ```
    #[must_use]
    pub fn into_entries(self) -> Vec<Entry> {
        self.entries
    }
}

/// A form that is being read, with what is left of its limits.
struct Builder {
    entries: Vec<Entry>,
    text_left: usize,
    memory_left: usize,
    spool: Option<Spool>,
}

impl Builder {
    fn new(limits: &Limits) -> Self {
        Self {
            entries: Vec::new(),
            text_left: limits.max_text_bytes,
            memory_left: limits.max_memory_bytes,
            spool: None,
        }
    }

    fn build(self) -> Form {
        Form {
            entries: self.entries,
        }
    }

    /// Counts text against its limit.
    fn count_text(&mut self, size: usize) -> Result<(), FormError> {
        let left = self.text_left.checked_sub(size);
        self.text_left = left.ok_or(FormError::TextTooLarge)?;
        Ok(())
    }

    fn field(&mut self, mut part: Part<'_, impl Read>) -> Result<(), FormError> {
        let mut value = Vec::new();
        loop {
            let data = part.data()?;
            if data.is_empty() {
                break;
            }
            let length = data.len();
            self.count_text(length)?;
            value.extend_from_slice(data);
            part.consume(length);
        }
        let sent = value.len();
        let value = String::from_utf8(value)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
        // U+FFFD is longer than the byte it replaces.
        self.count_text(value.len().saturating_sub(sent))?;
        let field = Field::new(part.into_head(), value.into());
        self.entries.push(Entry::Field(field));
        Ok(())
    }

    fn file(&mut self, mut part: Part<'_, impl Read>) -> Result<(), FormError> {
        let mut file = Upload::new(part.head().clone());
        loop {
            let data = part.data()?;
            if data.is_empty() {
                break;
            }
            let length = data.len();
            self.append(&mut file, data).map_err(FormError::Spool)?;
            part.consume(length);
        }
        file.finish().map_err(FormError::Spool)?;
        if !file.is_empty() || !file.file_name().is_empty() {
            self.entries.push(Entry::File(file));
        }
        Ok(())
    }

    /// Appends data to a file, which moves to the temporary file when memory runs out.
    fn append(&mut self, file: &mut Upload, data: &[u8]) -> io::Result<()> {
        if file.bytes().is_some() {
            if let Some(left) = self.memory_left.checked_sub(data.len()) {
                self.memory_left = left;
            } else {
                self.memory_left += file.bytes().map_or(0, <[u8]>::len);
                let spool = match &mut self.spool {
                    Some(spool) => spool,
                    none => none.insert(Spool::new()?),
                };
                file.spool(spool)?;
            }
        }
        file.append(data)
    }
}
