//! A response with a file of a folder.

use std::path::Path;

use wsgi_application::Status;
use wsgi_files::{Coding, FilePath, Folder, Found, Source, SourceError, SourceFile, media_type};

use super::Response;

impl Response {
    /// Creates a response with the file at a path inside a folder, or `404 Not Found`.
    ///
    /// The path is decoded, as [`relative_path`](crate::Request::relative_path) is. One slash at
    /// its start is ignored. The path never leads out of the folder: not by `..`, not by an
    /// absolute path (`%2F` is a slash in a decoded path), not by NUL, and not by a symbolic link
    /// that ends outside. Links that end inside are followed. Processes that can change the folder
    /// during a request are trusted.
    ///
    /// Folders, devices, and files that this process may not read are not found. Files whose name
    /// begins with a dot are served.
    ///
    /// `Content-Type` depends on the extension, and browsers are told not to guess. `.svgz` also
    /// has `Content-Encoding`. `Last-Modified` is the time of the file, and `ETag` its time and
    /// length. As for every response with a file and one of these fields, the adaptor answers
    /// conditions and ranges of the request (RFC 9110, sections 13 and 14). With the status of an
    /// error, it removes them: they are not about the URL that the file stands in for. If the
    /// folder itself does not exist, the request fails.
    ///
    /// For a whole tree of files, `wsgi_files::Files` does more. Both need Unix.
    ///
    /// ```
    /// use wsgi_adaptor::{Adaptor, Response};
    /// use wsgi_application::Status;
    /// use wsgi_testing::Request;
    ///
    /// let app = Adaptor::new().get("/{*path}", |request| {
    ///     Response::file("src", request.relative_path())
    /// });
    /// let response = Request::get("/lib.rs").call(&app);
    /// assert_eq!(response.body(), std::fs::read("src/lib.rs")?);
    /// let response = Request::get("/..%2FCargo.toml").call(&app);
    /// assert_eq!(response.status(), &Status::NOT_FOUND);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn file(folder: impl AsRef<Path>, path: impl AsRef<[u8]>) -> Self {
        let path = path.as_ref();
        let path = path.strip_prefix(b"/").unwrap_or(path);
        let found = match (Folder::open(folder), FilePath::new(path)) {
            (Err(error), _) => return Self::failed(error.into()),
            (Ok(_), None) => return Self::of_status(Status::NOT_FOUND),
            (Ok(folder), Some(path)) => folder.open(&path).map(|found| (found, path)),
        };
        match found {
            Ok((Found::File(file), path)) => Self::source_file(file, &path),
            Ok((Found::Folder, _)) | Err(SourceError::NotFound | SourceError::Denied) => {
                Self::of_status(Status::NOT_FOUND)
            }
            Err(error) => Self::failed(error.into()),
        }
    }

    fn source_file(file: SourceFile, path: &FilePath<'_>) -> Self {
        let fields: Vec<_> = file.validators().fields().collect();
        let response = match file.into_body() {
            Ok(body) => Self::content(&media_type(path), body),
            Err(error) => return Self::failed(error.into()),
        };
        let response = response.with_header("X-Content-Type-Options", "nosniff");
        let response = match Coding::of(path) {
            Some(coding) => response.with_header("Content-Encoding", coding.name()),
            None => response,
        };
        fields
            .into_iter()
            .fold(response, |response, (name, value)| {
                response.with_header(name, value)
            })
    }
}
