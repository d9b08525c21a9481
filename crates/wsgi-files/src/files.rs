//! A tree of files as an application.

use std::{fmt, time::Duration};
#[cfg(unix)]
use std::{io, path::Path};

use wsgi_headers::{is_field_value, is_token};

#[cfg(unix)]
use crate::folder::Folder;
use crate::{
    cache_rules::CacheRules, coding::Coding, field_rules::FieldRules, file_path::FilePath,
    hidden_paths::HiddenPaths, listing::listing_page::MakePage, media_types::MediaTypes,
    source::Source,
};

mod answering;
mod finding;
mod framing;
mod location;
mod outcome;
mod request_path;

/// A tree of files as an application: a folder, files in the program, or a closure.
///
/// It answers `GET`, `HEAD` and `OPTIONS`, conditions and ranges, and nothing outside of its
/// [`Source`] is reachable in any spelling. A folder without a slash at its end is redirected; one
/// with a slash has an index page or a listing.
///
/// ```
/// use wsgi_files::{Coding, Files};
/// use wsgi_testing::Request;
///
/// let site = Files::folder("src")?
///     .precompressed(Coding::ALL)
///     .cache_control_by_type("text/*", "no-cache")
///     .listing(true);
/// let response = Request::get("/lib.rs").header("Range", "bytes=0-5").call(&site);
/// assert_eq!(response.status().code(), 206);
/// assert_eq!(response.text(), "// The");
/// assert_eq!(response.headers().get("Cache-Control").unwrap(), "no-cache");
/// assert_eq!(Request::get("/../Cargo.toml").call(&site).status().code(), 404);
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Files {
    source: Box<dyn Source>,
    media_types: MediaTypes,
    cache_rules: CacheRules,
    field_rules: FieldRules,
    codings: Vec<Coding>,
    index: Vec<String>,
    fallback: Option<FilePath<'static>>,
    not_found: Option<FilePath<'static>>,
    has_listings: bool,
    listing_page: Option<Box<MakePage>>,
    has_clean_urls: bool,
    has_dotfiles: bool,
    hidden: HiddenPaths,
    forbids_unreadable: bool,
}

impl Files {
    /// Serves the files of a source.
    #[must_use]
    pub fn new(source: impl Source + 'static) -> Self {
        Self {
            source: Box::new(source),
            media_types: MediaTypes::new(),
            cache_rules: CacheRules::default(),
            field_rules: FieldRules::default(),
            codings: Vec::new(),
            index: vec!["index.html".to_owned()],
            fallback: None,
            not_found: None,
            has_listings: false,
            listing_page: None,
            has_clean_urls: false,
            has_dotfiles: false,
            hidden: HiddenPaths::default(),
            forbids_unreadable: false,
        }
    }

    /// Serves a folder of the system. [`Folder`] has its options.
    ///
    /// # Errors
    ///
    /// There is no folder at this path, or the program may not enter it.
    #[cfg(unix)]
    pub fn folder(path: impl AsRef<Path>) -> io::Result<Self> {
        Folder::open(path).map(Self::new)
    }

    /// Sets the names of index pages, in the order in which they are looked for; `index.html` by
    /// default.
    ///
    /// # Panics
    ///
    /// A name is not a [`FilePath`], such as one with a slash at its start.
    #[must_use]
    #[track_caller]
    pub fn index(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.index = names.into_iter().map(Into::into).collect();
        for name in &self.index {
            checked(name);
        }
        self
    }

    /// Sets whether a folder without an index page is listed; false by default, so it is not found.
    ///
    /// The listing is a page, or JSON if the `Accept` field of the request prefers that. It is
    /// sorted by `?sort=name`, `size` or `modified`, and with `&order=desc` the other way round. It
    /// shows at most 20,000 entries. If there are more, the page says so, and the response has
    /// the field `X-More-Entries: true`.
    ///
    /// ```
    /// use wsgi_files::Files;
    /// use wsgi_testing::Request;
    ///
    /// let site = Files::folder("src")?.listing(true);
    /// let listing = Request::get("/?sort=size").header("Accept", "application/json").call(&site);
    /// assert!(listing.text().contains(r#"{"name":"lib.rs","url":"lib.rs","type":"file","size":"#));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn listing(mut self, listed: bool) -> Self {
        self.has_listings = listed;
        self
    }

    /// Sets the codings of which precompressed files are looked for beside a file, in the order in
    /// which the server prefers them; none by default.
    ///
    /// If the client accepts it (RFC 9110, section 12.5.3), `site.css.br` is sent for `site.css`,
    /// with an entity tag of its own. Files of types that are compressed already, such as pictures,
    /// are sent as they are. All others get `Vary: Accept-Encoding`. Nothing checks whether the two
    /// files agree, but an empty one is passed over: no coding makes nothing of a file.
    #[must_use]
    pub fn precompressed(mut self, codings: impl IntoIterator<Item = Coding>) -> Self {
        self.codings.clear();
        for coding in codings {
            if !self.codings.contains(&coding) {
                self.codings.push(coding);
            }
        }
        self
    }

    /// Sets whether `.html` is left out of URLs; false by default. `/about` is then `about.html`,
    /// and `/about.html` and `/index.html` are redirected to `/about` and `/`.
    ///
    /// ```
    /// use wsgi_files::{FilePath, Files, SourceFile};
    /// use wsgi_testing::Request;
    ///
    /// let pages = |path: &FilePath<'_>| {
    ///     (path.to_str() == Some("about.html")).then(|| SourceFile::bytes("<p>About us"))
    /// };
    /// let site = Files::new(pages).clean_urls(true);
    /// assert_eq!(Request::get("/about").call(&site).text(), "<p>About us");
    /// let old = Request::get("/about.html").call(&site);
    /// assert_eq!(old.headers().get("Location").unwrap(), "/about");
    /// ```
    #[must_use]
    pub fn clean_urls(mut self, clean: bool) -> Self {
        self.has_clean_urls = clean;
        self
    }

    /// Sets the page of a single-page application: the answer (200) to every path that is not
    /// found, unless it ends with the extension of a known type other than HTML. So a script that
    /// is missing is still not found. Neither is a path that no file can have, such as
    /// `/orders//7`, or one with a name that begins with a dot, unless
    /// [`dotfiles`](Self::dotfiles) are served.
    ///
    /// # Panics
    ///
    /// The path is not a [`FilePath`].
    ///
    /// ```
    /// use wsgi_files::{FilePath, Files, SourceFile};
    /// use wsgi_testing::Request;
    ///
    /// let pages = |path: &FilePath<'_>| {
    ///     (path.to_str() == Some("app.html")).then(|| SourceFile::bytes("<script src=/app.js>"))
    /// };
    /// let site = Files::new(pages).fallback("app.html");
    /// assert_eq!(Request::get("/orders/7").call(&site).text(), "<script src=/app.js>");
    /// assert_eq!(Request::get("/missing.js").call(&site).status().code(), 404);
    /// assert_eq!(Request::get("/orders//7").call(&site).status().code(), 404);
    /// assert_eq!(Request::get("/.env").call(&site).status().code(), 404);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn fallback(mut self, path: &str) -> Self {
        self.fallback = Some(checked(path));
        self
    }

    /// Sets the page of the status 404; a line of text by default.
    ///
    /// # Panics
    ///
    /// The path is not a [`FilePath`].
    ///
    /// ```
    /// use wsgi_files::{FilePath, Files, SourceFile};
    /// use wsgi_testing::Request;
    ///
    /// let pages = |path: &FilePath<'_>| {
    ///     (path.to_str() == Some("404.html")).then(|| SourceFile::bytes("<p>Not here"))
    /// };
    /// let site = Files::new(pages).not_found("404.html");
    /// let response = Request::get("/nowhere").call(&site);
    /// assert_eq!((response.status().code(), response.text()), (404, "<p>Not here"));
    /// ```
    #[must_use]
    #[track_caller]
    pub fn not_found(mut self, path: &str) -> Self {
        self.not_found = Some(checked(path));
        self
    }

    /// Sets the field `Cache-Control` of files without a rule of their own (RFC 9111, section
    /// 5.2.2). There is none by default, and browsers then guess for how long a file is good.
    ///
    /// # Panics
    ///
    /// The value has a control character.
    #[must_use]
    #[track_caller]
    pub fn cache_control(mut self, value: &str) -> Self {
        self.cache_rules.set_others(field_value(value));
        self
    }

    /// Sets the time for which caches use files without a rule of their own before they ask, in
    /// seconds, rounded up. With zero they always ask (`no-cache`). It is another way to set
    /// [`cache_control`](Self::cache_control); of both, the last counts.
    ///
    /// ```
    /// use std::time::Duration;
    /// use wsgi_files::Files;
    /// use wsgi_testing::Request;
    ///
    /// let field = |time| {
    ///     let response = Request::get("/lib.rs").call(&Files::folder("src")?.max_age(time));
    ///     Ok::<_, std::io::Error>(response.headers().get("Cache-Control").unwrap().to_string())
    /// };
    /// assert_eq!(field(Duration::from_secs(60))?, "max-age=60");
    /// assert_eq!(field(Duration::ZERO)?, "no-cache");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn max_age(mut self, time: Duration) -> Self {
        self.cache_rules.set_max_age(time);
        self
    }

    /// Sets the field `Cache-Control` of media types such as `text/html` or `image/*`. `*` stands
    /// for any characters and `?` for one. Of several rules, the first counts. Parameters, such as
    /// the charset, are left out of the comparison.
    ///
    /// # Panics
    ///
    /// The pattern matches no media type, such as `css` or `text/html; charset=utf-8`, or the value
    /// has a control character.
    #[must_use]
    #[track_caller]
    pub fn cache_control_by_type(mut self, pattern: &str, value: &str) -> Self {
        self.cache_rules.add_type(pattern, field_value(value));
        self
    }

    /// Sets the field `Cache-Control` of paths such as `assets/*`. It counts before all other
    /// rules. `*` stands for any characters, also slashes, and `?` for one. The path begins at the
    /// root, with or without a slash. It is that of the file, so it has no percent-encoding, unless
    /// the name of the file has it. Of several rules, the first counts.
    ///
    /// # Panics
    ///
    /// The pattern matches no file: it is that of the root, ends with a slash, has a NUL, is longer
    /// than 4096 bytes, or has a part that is empty, `.` or `..`, other than `./` at its start. Or
    /// the value has a control character.
    ///
    /// ```
    /// use wsgi_files::Files;
    /// use wsgi_testing::Request;
    ///
    /// let site = Files::folder(".")?
    ///     .cache_control("no-cache")
    ///     .cache_control_by_path("src/*", "max-age=3600");
    /// let field = |path| Request::get(path).call(&site).headers().get("Cache-Control").unwrap().to_string();
    /// assert_eq!(field("/README.md"), "no-cache");
    /// assert_eq!(field("/src/lib.rs"), "max-age=3600");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    #[track_caller]
    pub fn cache_control_by_path(mut self, pattern: &str, value: &str) -> Self {
        self.cache_rules.add_path(pattern, field_value(value));
        self
    }

    /// Sets a further field of files whose path is like `fonts/*`, on every answer with a file, a
    /// part of it, or a 304. The path is that of the file, also where another was asked for: the
    /// page of [`not_found`](Self::not_found) has the fields of `404.html` and of `*`, and not
    /// those of `downloads/*`. Listings, redirects and lines of text get no such field. `*` stands
    /// for any characters, also slashes, and `?` for one. Of several rules for one name, the first
    /// counts.
    ///
    /// # Panics
    ///
    /// The pattern matches no file, as for
    /// [`cache_control_by_path`](Self::cache_control_by_path). Or the name or the value is invalid,
    /// or it is a field that depends on the response, such as `Content-Type`, which has methods of
    /// its own, as `Cache-Control` has, or a digest such as `Repr-Digest`, which differs between a
    /// file and its compressed form.
    ///
    /// ```
    /// use wsgi_files::Files;
    /// use wsgi_testing::Request;
    ///
    /// let site = Files::folder("src")?
    ///     .header_by_path("lib.rs", "X-Robots-Tag", "all")
    ///     .header_by_path("*", "X-Robots-Tag", "noindex");
    /// let field = |path| Request::get(path).call(&site).headers().get("X-Robots-Tag").unwrap().to_string();
    /// assert_eq!(field("/lib.rs"), "all");
    /// assert_eq!(field("/files.rs"), "noindex");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    #[track_caller]
    pub fn header_by_path(mut self, pattern: &str, name: &str, value: &str) -> Self {
        self.field_rules.add(pattern, name, value);
        self
    }

    /// Sets whether names with a fingerprint, such as `app.3f9c2b1a.js` or `index-B4x9Kq2Z.js`, are
    /// kept by browsers for a year without asking (`immutable`, RFC 8246); false by default. A
    /// fingerprint stands between a dot or hyphen and a dot, and has at least eight characters:
    /// hexadecimal digits, or letters of both cases, digits and `_`. A digit comes before a letter
    /// in it, so that `Version2` is none. A few fingerprints of build tools have no such digit, or
    /// have a hyphen; they get the other rules.
    ///
    /// ```
    /// use wsgi_files::{FilePath, Files, SourceFile};
    /// use wsgi_testing::Request;
    ///
    /// let scripts = |_: &FilePath<'_>| Some(SourceFile::bytes("alert('hello')"));
    /// let site = Files::new(scripts).immutable_fingerprints(true);
    /// let response = Request::get("/app.3f9c2b1a.js").call(&site);
    /// assert!(response.headers().get("Cache-Control").unwrap().to_str().unwrap().contains("immutable"));
    /// assert_eq!(Request::get("/app.js").call(&site).headers().get("Cache-Control"), None);
    /// ```
    #[must_use]
    pub fn immutable_fingerprints(mut self, immutable: bool) -> Self {
        self.cache_rules.set_fingerprints(immutable);
        self
    }

    /// Sets whether files and folders are served whose name begins with a dot; false by default.
    /// `/.well-known/` is always served (RFC 8615).
    ///
    /// ```
    /// use wsgi_files::{FilePath, Files, SourceFile};
    /// use wsgi_testing::Request;
    ///
    /// let any = |_: &FilePath<'_>| Some(SourceFile::bytes("."));
    /// let status = |site, path| Request::get(path).call(&site).status().code();
    /// assert_eq!(status(Files::new(any), "/.git/config"), 404);
    /// assert_eq!(status(Files::new(any), "/.well-known/security.txt"), 200);
    /// assert_eq!(status(Files::new(any).dotfiles(true), "/.git/config"), 200);
    /// ```
    #[must_use]
    pub fn dotfiles(mut self, served: bool) -> Self {
        self.has_dotfiles = served;
        self
    }

    /// Hides files and folders, with all that is in them, in addition to others: requests do not
    /// find them, and listings leave them out. `*` stands for any characters, and `?` for one.
    ///
    /// A pattern with a slash is that of a path from the root, such as `/drafts` or
    /// `/posts/*.md`. Any other is that of a name in all folders, such as `*.bak`. ASCII case makes
    /// no difference. With [`precompressed`](Self::precompressed) files, a pattern that hides
    /// `plan.txt` also hides `plan.txt.gz`.
    ///
    /// A pattern is compared with the path of a request, not with the file that is found there. So
    /// a link with another name, such as `latest` to `drafts`, still leads to a hidden folder. Hide
    /// it too, or follow no links ([`Symlinks`](crate::Symlinks)). The same goes for file systems
    /// that take `É` for `é`, or have other ways to write it. A hidden file may still be a
    /// [fallback](Self::fallback), the page of [`not_found`](Self::not_found), or sent in place of
    /// the file whose precompressed form it is.
    ///
    /// # Panics
    ///
    /// The pattern matches no file, as [`can_hide`](Self::can_hide) tells: it is that of the root,
    /// has a NUL, is longer than 4096 bytes, or has a part that is empty, `.` or `..`, other than
    /// `./` at its start.
    ///
    /// ```
    /// use wsgi_files::{FilePath, Files, SourceFile};
    /// use wsgi_testing::Request;
    ///
    /// let any = |_: &FilePath<'_>| Some(SourceFile::bytes("."));
    /// let site = Files::new(any).hide("*.bak").hide("/drafts");
    /// let status = |path| Request::get(path).call(&site).status().code();
    /// assert_eq!(status("/menu.html"), 200);
    /// assert_eq!(status("/menu.html.bak"), 404);
    /// assert_eq!(status("/drafts/menu.html"), 404);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn hide(mut self, pattern: &str) -> Self {
        self.hidden.add(pattern);
        self
    }

    /// Whether [`hide`](Self::hide) takes a pattern, for one that is not known before the program
    /// runs.
    ///
    /// ```
    /// use wsgi_files::Files;
    ///
    /// assert!(Files::can_hide("*.bak"));
    /// assert!(!Files::can_hide("../secrets"));
    /// ```
    #[must_use]
    pub fn can_hide(pattern: &str) -> bool {
        HiddenPaths::path(pattern).is_some()
    }

    /// Sets whether a file that the program may not read is answered with 403; by default, with
    /// 404, as if it were not there.
    ///
    /// ```
    /// use wsgi_files::{FilePath, Files, Found, Source, SourceError};
    /// use wsgi_testing::Request;
    ///
    /// struct Secrets;
    ///
    /// impl Source for Secrets {
    ///     fn open(&self, _path: &FilePath<'_>) -> Result<Found, SourceError> {
    ///         Err(SourceError::Denied)
    ///     }
    /// }
    ///
    /// let status = |site| Request::get("/plan.txt").call(&site).status().code();
    /// assert_eq!(status(Files::new(Secrets)), 404);
    /// assert_eq!(status(Files::new(Secrets).forbid_unreadable(true)), 403);
    /// ```
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
    #[track_caller]
    pub fn charset<'a>(mut self, charset: impl Into<Option<&'a str>>) -> Self {
        let charset = charset.into();
        let is_token = charset.is_none_or(|charset| is_token(charset.as_bytes()));
        assert!(is_token, "{charset:?} is not a charset");
        self.media_types.set_charset(charset.map(str::to_owned));
        self
    }

    /// Sets the media type of an extension, such as `md` or `.md`, with its charset, if it has one.
    /// It replaces the usual one. The extension `svgz` stands for `image/svg+xml` with the coding
    /// gzip; with another type it has no coding.
    ///
    /// # Panics
    ///
    /// No name has the extension, which begins after the last dot, such as `tar.gz`. Or the type
    /// has a control character, does not begin like `text/plain`, or is a range such as `text/*`.
    #[must_use]
    #[track_caller]
    pub fn media_type(mut self, extension: &str, media_type: &str) -> Self {
        let last = extension.strip_prefix('.').unwrap_or(extension);
        assert!(
            !last.is_empty() && !last.contains(['.', '/', '\0']),
            "{extension:?} is not the extension of a file, such as \"md\", after its last dot"
        );
        let parts = media_type.split(';').next().unwrap_or_default().trim_end();
        // A range such as `text/*` is not the type of any file.
        let is_part = |part: &str| is_token(part.as_bytes()) && !part.contains('*');
        let is_type = parts
            .split_once('/')
            .is_some_and(|(kind, subtype)| is_part(kind) && is_part(subtype));
        assert!(
            is_type,
            "{media_type:?} is not a media type, such as \"text/plain\""
        );
        self.media_types.set(last, field_value(media_type));
        self
    }
}

#[track_caller]
fn checked(path: &str) -> FilePath<'static> {
    match FilePath::new(path) {
        Some(path) if !path.is_root() => path.into_owned(),
        _ => panic!(
            "{path:?} is not the path of a file below the root, such as \"pages/404.html\": it has \
             no slash at its start"
        ),
    }
}

#[track_caller]
fn field_value(value: &str) -> String {
    assert!(
        is_field_value(value.as_bytes()),
        "{value:?} has a control character"
    );
    value.to_owned()
}

impl fmt::Debug for Files {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Files")
            .field("media_types", &self.media_types)
            .field("cache_rules", &self.cache_rules)
            .field("field_rules", &self.field_rules)
            .field("codings", &self.codings)
            .field("index", &self.index)
            .field("fallback", &self.fallback)
            .field("not_found", &self.not_found)
            .field("has_listings", &self.has_listings)
            .field("has_listing_page", &self.listing_page.is_some())
            .field("has_clean_urls", &self.has_clean_urls)
            .field("has_dotfiles", &self.has_dotfiles)
            .field("hidden", &self.hidden)
            .field("forbids_unreadable", &self.forbids_unreadable)
            .finish_non_exhaustive()
    }
}
