//! A tree of files as an application.

use std::{fmt, io, path::Path};

use wsgi_application::{Application, Environ, Headers, Result, StartResponse, Status};

use crate::{
    delivery::{self, Delivery},
    file_path::FilePath,
    folder::Folder,
    media_types::MediaTypes,
    representation::Representation,
    source::{Found, Source, SourceError},
    source_file::SourceFile,
};

mod location;
mod outcome;
mod request_path;

use outcome::Outcome;
use request_path::RequestPath;

/// A tree of files as an application: a folder, files in the program, or a closure.
///
/// It answers `GET`, `HEAD` and `OPTIONS`, conditions and ranges, and nothing outside of its
/// [`Source`] is reachable in any spelling. A folder without a slash at its end is redirected; one
/// with a slash has an index page.
///
/// ```
/// use wsgi_files::Files;
/// use wsgi_testing::Request;
///
/// let site = Files::folder("src")?;
/// let response = Request::get("/lib.rs").header("Range", "bytes=0-5").call(&site);
/// assert_eq!(response.status().code(), 206);
/// assert_eq!(response.text(), "#![doc");
/// assert_eq!(Request::get("/../Cargo.toml").call(&site).status().code(), 404);
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Files {
    source: Box<dyn Source>,
    media_types: MediaTypes,
    index: Vec<String>,
    has_dotfiles: bool,
    forbids_unreadable: bool,
}

impl Files {
    /// Serves the files of a source.
    #[must_use]
    pub fn new(source: impl Source + 'static) -> Self {
        Self {
            source: Box::new(source),
            media_types: MediaTypes::new(),
            index: vec!["index.html".to_owned()],
            has_dotfiles: false,
            forbids_unreadable: false,
        }
    }

    /// Serves a folder of the system. [`Folder`] has its options.
    ///
    /// # Errors
    ///
    /// There is no folder at this path, or the program may not enter it.
    pub fn folder(path: impl AsRef<Path>) -> io::Result<Self> {
        Folder::open(path).map(Self::new)
    }

    /// Sets the names of index pages, in the order in which they are looked for; `index.html` by
    /// default.
    #[must_use]
    pub fn index(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.index = names.into_iter().map(Into::into).collect();
        self
    }

    /// Sets whether files and folders are served whose name begins with a dot; false by default.
    /// `/.well-known/` is always served (RFC 8615).
    #[must_use]
    pub fn dotfiles(mut self, served: bool) -> Self {
        self.has_dotfiles = served;
        self
    }

    /// Sets whether a file that the program may not read is answered with 403; by default, with
    /// 404, as if it were not there.
    #[must_use]
    pub fn forbid_unreadable(mut self, forbidden: bool) -> Self {
        self.forbids_unreadable = forbidden;
        self
    }

    /// Sets the charset of files of the types `text/*`; `utf-8` by default, and none with `None`.
    ///
    /// # Panics
    ///
    /// The charset is not a token.
    #[must_use]
    pub fn charset<'a>(mut self, charset: impl Into<Option<&'a str>>) -> Self {
        let charset = charset.into();
        let is_token = charset.is_none_or(|charset| wsgi_headers::is_token(charset.as_bytes()));
        assert!(is_token, "{charset:?} is not a charset");
        self.media_types.set_charset(charset.map(str::to_owned));
        self
    }

    /// Sets the media type of an extension, with its charset, if it has one. It replaces the
    /// usual one.
    ///
    /// # Panics
    ///
    /// The type has a control character.
    #[must_use]
    pub fn media_type(mut self, extension: &str, media_type: impl Into<String>) -> Self {
        let media_type = media_type.into();
        assert!(
            wsgi_headers::is_field_value(media_type.as_bytes()),
            "{media_type:?} is not a media type"
        );
        self.media_types.set(extension, media_type);
        self
    }

    /// Follows the path of a request.
    fn find(&self, environ: &Environ) -> Result<Outcome, SourceError> {
        let path_info = environ.path_info();
        let Some(request) = RequestPath::parse(path_info.as_bytes()) else {
            return Ok(Outcome::NotFound);
        };
        if !self.has_dotfiles && request.is_hidden() {
            return Ok(Outcome::NotFound);
        }
        match self.source.open(&request.path)? {
            Found::File(file) if !request.has_slash => Ok(Outcome::File {
                path: request.path.into_owned(),
                file,
            }),
            Found::File(_) => Ok(Outcome::NotFound),
            Found::Folder => {
                let without = (!request.has_slash).then(|| location::with_slash(environ));
                match without.flatten() {
                    Some(location) => Ok(Outcome::Redirect(location)),
                    None => self.index_page(&request.path),
                }
            }
        }
    }

    fn index_page(&self, folder: &FilePath<'_>) -> Result<Outcome, SourceError> {
        for path in self.index.iter().filter_map(|name| folder.join(name)) {
            match self.source.open(&path) {
                Ok(Found::File(file)) => return Ok(Outcome::File { path, file }),
                Ok(Found::Folder) | Err(SourceError::NotFound) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Outcome::NotFound)
    }

    fn deliver(
        &self,
        environ: &Environ,
        start_response: &mut StartResponse<'_>,
        path: &FilePath<'_>,
        file: SourceFile,
    ) -> Result {
        let content_type = match file.content_type() {
            Some(content_type) => content_type.to_owned(),
            None => self.media_types.of(path),
        };
        let mut headers = Headers::new();
        headers.append("Content-Type", &content_type)?;
        for (name, value) in file.validators().fields() {
            headers.append(name, value)?;
        }
        headers.append("Accept-Ranges", "bytes")?;
        headers.append("X-Content-Type-Options", "nosniff")?;
        let representation =
            Representation::new(file.len(), content_type, file.validators().clone());
        let answer = delivery::answer(environ, &representation);
        let delivery = Delivery::new(&answer, &representation, file.contents, &mut headers)?;
        start_response.start(delivery.status, headers)?;
        Ok(delivery.body)
    }
}

impl Application for Files {
    fn call(&self, environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
        const ALLOW: (&str, &str) = ("Allow", "GET, HEAD, OPTIONS");
        match environ.request_method().as_bytes() {
            b"GET" | b"HEAD" => {}
            b"OPTIONS" => {
                start_response.start(Status::NO_CONTENT, [ALLOW])?;
                return Ok(().into());
            }
            _ => return plain(start_response, Status::METHOD_NOT_ALLOWED, [ALLOW]),
        }
        let outcome = match self.find(environ) {
            Ok(outcome) => outcome,
            Err(SourceError::NotFound) => Outcome::NotFound,
            Err(SourceError::Denied) if self.forbids_unreadable => Outcome::Forbidden,
            Err(SourceError::Denied) => Outcome::NotFound,
            Err(SourceError::Io(error)) => return Err(error.into()),
        };
        match outcome {
            Outcome::File { path, file } => self.deliver(environ, start_response, &path, file),
            Outcome::Redirect(location) => {
                let location = [("Location", &*location)];
                plain(start_response, Status::MOVED_PERMANENTLY, location)
            }
            Outcome::Forbidden => plain(start_response, Status::FORBIDDEN, []),
            Outcome::NotFound => plain(start_response, Status::NOT_FOUND, []),
        }
    }
}

/// A response with its status as text.
fn plain<const N: usize>(
    start_response: &mut StartResponse<'_>,
    status: Status,
    fields: [(&str, &str); N],
) -> Result {
    let text = format!("{status}\n");
    let mut headers = Headers::from_fields(fields)?;
    headers.append("Content-Type", "text/plain; charset=utf-8")?;
    headers.append("X-Content-Type-Options", "nosniff")?;
    start_response.start(status, headers)?;
    Ok(text.into())
}

impl fmt::Debug for Files {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Files")
            .field("media_types", &self.media_types)
            .field("index", &self.index)
            .field("has_dotfiles", &self.has_dotfiles)
            .field("forbids_unreadable", &self.forbids_unreadable)
            .finish_non_exhaustive()
    }
}
