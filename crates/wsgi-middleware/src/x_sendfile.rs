//! Files that a front server sends in place of the application.

use std::{
    fmt::Write,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use wsgi_application::{
    Application, Body, Content, Environ, FileWrapper, Head, Headers, Result, StartResponse, Status,
};

/// The fields about the bytes that the application would have sent.
const OF_BYTES: [&str; 4] = [
    "Content-Length",
    "Content-Range",
    "Content-Digest",
    "Content-MD5",
];

/// The fields with which the application sends the body itself. Front servers drop the first.
const KEEPING: [&str; 3] = ["Content-Encoding", "X-Accel-Redirect", "X-Sendfile"];

/// Middleware that has the front server send the files of an application, by the response field
/// `X-Accel-Redirect` (nginx) or `X-Sendfile` (lighttpd, and Apache with the module `xsendfile`).
///
/// The application checks who may have a file, and returns it as a body, with a [`FileWrapper`] or
/// from `Files` of wsgi-files. If it lies in a folder that was named here, the response loses the
/// body, and its head names the file. So the server has no file to send, and the front server
/// answers conditions and ranges.
///
/// Nothing is handed over unless a folder is named. What clients send, such as `X-Sendfile-Type`,
/// does not count: a client must not choose who sends a file. Name folders only behind a front
/// server that obeys the field, because other clients would get the path in place of the file.
///
/// # Which responses
///
/// The status is 200, and the body is a whole file. Or it is 206, and the body a part of a file:
/// then the status becomes 200, and the front server finds the part by the client's `Range`. The
/// file is known by its real path, without symbolic links, and the path still leads to it. The
/// application sends everything else itself: pages of errors, files elsewhere, a body that
/// middleware inside this one has changed, and what it writes. Paths of open files are known on
/// Linux. On other systems, the application sends all files. A declared `Content-Length` or
/// `Content-Range` has to be that of the file, and a file with a `Content-Encoding` is never handed
/// over: nginx and Apache drop that field.
///
/// nginx keeps only the fields `Content-Type`, `Content-Disposition`, `Accept-Ranges`,
/// `Cache-Control`, `Expires` and `Set-Cookie` of such a response. Others belong into its
/// `location`. Set `Content-Type`: without it, nginx chooses one by the stored name.
///
/// # What to know
///
/// - The front server opens the file after the call. So the file must stay, and the front server's
///   user must be allowed to read it, which an upload does not allow by itself (see
///   `Upload::persist_with_permissions` of wsgi-forms).
/// - The front server makes an entity tag of its own. An application that compares `If-Match` with
///   another tag refuses the requests of clients who send it.
///
/// ```
/// # #[cfg(target_os = "linux")] {
/// use std::fs::{self, File};
/// use wsgi_application::{Body, FileWrapper, Status, application};
/// use wsgi_middleware::XSendfile;
/// use wsgi_testing::Request;
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("a b.pdf");
/// fs::write(&path, "%PDF-")?;
/// let app = application(move |_environ, start_response| {
///     start_response.start(Status::OK, [("Content-Type", "application/pdf")])?;
///     Ok(Body::from(FileWrapper::from_file(File::open(&path)?)))
/// });
///
/// // nginx: location ^~ /protected/ { internal; alias /srv/invoices/; }
/// let app = XSendfile::new(app).accel_redirect(folder.path(), "/protected")?;
/// let response = Request::get("/invoice").call(&app);
/// assert_eq!(response.headers().get("X-Accel-Redirect").unwrap(), "/protected/a%20b.pdf");
/// assert_eq!(response.body(), b"");
/// # }
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct XSendfile<A> {
    application: A,
    folders: Vec<Folder>,
}

#[derive(Clone, Debug)]
struct Folder {
    /// Its real path.
    path: PathBuf,
    /// The location of nginx, without a slash at its end. `None` if the field has the path itself.
    location: Option<String>,
}

impl<A: Application> XSendfile<A> {
    /// Wraps an application. Its files are not handed over yet.
    #[must_use]
    pub fn new(application: A) -> Self {
        Self {
            application,
            folders: Vec::new(),
        }
    }

    /// Hands the files of a folder over to nginx: `X-Accel-Redirect` has their path below
    /// `location`, which is that of a `location` with `internal`. Of several folders that have a
    /// file, the innermost counts. Write `location ^~ /protected/`, so that no other `location`
    /// with a regular expression, such as `~ \.php$`, takes the files.
    ///
    /// # Errors
    ///
    /// The folder does not exist, or `location` is not a path of a URL below the root: it begins
    /// with a slash, has a name, and has no characters that would have to be encoded.
    pub fn accel_redirect(self, folder: impl AsRef<Path>, location: &str) -> io::Result<Self> {
        let is_plain = |byte: u8| byte == b'/' || is_unreserved(byte);
        let has_dots = location.split('/').any(|part| matches!(part, "." | ".."));
        let is_root = location.bytes().all(|byte| byte == b'/');
        if !location.starts_with('/') || !location.bytes().all(is_plain) || has_dots || is_root {
            let problem = format!("{location:?} is not a location of nginx, such as /protected/");
            return Err(io::Error::new(io::ErrorKind::InvalidInput, problem));
        }
        let location = location.trim_end_matches('/').to_owned();
        self.with_folder(folder.as_ref(), Some(location))
    }

    /// Hands the files of a folder over to lighttpd or Apache: `X-Sendfile` has their real path,
    /// percent-encoded, as both expect. Let the front server send files of this folder alone
    /// (`x-sendfile-docroot`, `XSendFilePath`).
    ///
    /// ```
    /// # #[cfg(target_os = "linux")] {
    /// use std::fs::{self, File};
    /// use wsgi_application::{Body, FileWrapper, Status, application};
    /// use wsgi_middleware::XSendfile;
    /// use wsgi_testing::Request;
    ///
    /// let folder = tempfile::tempdir()?;
    /// let path = folder.path().join("report.txt");
    /// fs::write(&path, "Nothing to report.\n")?;
    /// let app = application(move |_environ, start_response| {
    ///     start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
    ///     Ok(Body::from(FileWrapper::from_file(File::open(&path)?)))
    /// });
    /// let app = XSendfile::new(app).sendfile(folder.path())?;
    /// let response = Request::get("/report").call(&app);
    /// let path = response.headers().get("X-Sendfile").unwrap();
    /// assert!(path.to_str().unwrap().ends_with("/report.txt"));
    /// # }
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The folder does not exist.
    pub fn sendfile(self, folder: impl AsRef<Path>) -> io::Result<Self> {
        self.with_folder(folder.as_ref(), None)
    }

    fn with_folder(mut self, folder: &Path, location: Option<String>) -> io::Result<Self> {
        let path = fs::canonicalize(folder)?;
        if !path.is_dir() {
            let problem = format!("{} is not a folder", folder.display());
            return Err(io::Error::new(io::ErrorKind::NotADirectory, problem));
        }
        self.folders.retain(|known| known.path != path);
        self.folders.push(Folder { path, location });
        Ok(self)
    }

    /// The field that names a file to the front server.
    fn field(&self, file: &File) -> Option<(&'static str, String)> {
        let path = real_path(file)?;
        let folders = self.folders.iter();
        let inside = folders.filter(|folder| path.starts_with(&folder.path));
        let folder = inside.max_by_key(|folder| folder.path.components().count())?;
        match &folder.location {
            Some(location) => {
                let below = path.strip_prefix(&folder.path).ok()?;
                let target = format!("{location}/{}", encoded(below));
                Some(("X-Accel-Redirect", target))
            }
            None => Some(("X-Sendfile", encoded(&path))),
        }
    }

    /// Has the head name the file in place of the body. Returns whether it does.
    fn hand_over(&self, file: &FileWrapper, head: &mut Head) -> Result<bool> {
        let is_part = head.status.code() == 206;
        let sends_the_same = match head.status.code() {
            200 => is_whole(file, &head.headers),
            206 => is_part_of(file, &head.headers),
            _ => false,
        };
        let headers = &mut head.headers;
        let keeps_body = |name| headers.contains(name);
        if !sends_the_same || KEEPING.into_iter().any(keeps_body) {
            return Ok(false);
        }
        let Some((name, value)) = file.as_file().and_then(|file| self.field(file)) else {
            return Ok(false);
        };
        for name in OF_BYTES {
            headers.remove(name);
        }
        headers.append(name, value)?;
        if is_part {
            head.status = Status::OK;
        }
        Ok(true)
    }
}

impl<A: Application> Application for XSendfile<A> {
    fn call(&self, environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
        let body = self.application.call(environ, start_response)?;
        let content = body.into_content();
        let (exchange, _) = start_response.parts();
        let head = &mut exchange.head;
        if let Content::File(file) = &content
            && head.is_started()
            && !head.is_committed()
            && exchange.gathered.is_empty()
            && self.hand_over(file, head)?
        {
            return Ok(Body::empty());
        }
        Ok(content.into())
    }
}

/// Whether all bytes of a file are sent, as far as the fields tell, too.
fn is_whole(wrapper: &FileWrapper, headers: &Headers) -> bool {
    let Some(length) = length_of(wrapper) else {
        return false;
    };
    let declared = headers.get("Content-Length");
    matches!(wrapper.position(), Ok(Some(0)))
        && wrapper.remaining() == Some(length)
        && declared.is_none_or(|declared| declared == *length.to_string())
}

/// Whether the part of a file is sent that the field tells.
fn is_part_of(wrapper: &FileWrapper, headers: &Headers) -> bool {
    let (Some(length), Some(range)) = (length_of(wrapper), headers.get("Content-Range")) else {
        return false;
    };
    let (Ok(Some(start)), Some(count @ 1..)) = (wrapper.position(), wrapper.remaining()) else {
        return false;
    };
    range == *format!("bytes {start}-{}/{length}", start + (count - 1))
}

fn length_of(wrapper: &FileWrapper) -> Option<u64> {
    let metadata = wrapper.as_file()?.metadata().ok()?;
    Some(metadata.len())
}

/// The path of an open regular file, without symbolic links, if it still leads there.
#[cfg(target_os = "linux")]
fn real_path(file: &File) -> Option<PathBuf> {
    use std::os::{fd::AsRawFd, unix::fs::MetadataExt};

    let path = fs::read_link(format!("/proc/self/fd/{}", file.as_raw_fd())).ok()?;
    let (open, found) = (file.metadata().ok()?, fs::symlink_metadata(&path).ok()?);
    let is_same = (open.dev(), open.ino()) == (found.dev(), found.ino());
    (open.is_file() && is_same).then_some(path)
}

#[cfg(not(target_os = "linux"))]
fn real_path(_file: &File) -> Option<PathBuf> {
    None
}

/// A path as in a URL.
fn encoded(path: &Path) -> String {
    let bytes = path.as_os_str().as_encoded_bytes();
    let mut encoded = String::with_capacity(bytes.len());
    for &byte in bytes {
        match byte == b'/' || is_unreserved(byte) {
            true => encoded.push(char::from(byte)),
            false => {
                // Writing into a `String` does not fail.
                let _ = write!(encoded, "%{byte:02X}");
            }
        }
    }
    encoded
}

/// Whether a character never needs an escape in a URL (RFC 3986 section 2.3).
fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
}
