//! A tree of files as an application.

use std::fmt;
#[cfg(unix)]
use std::{io, path::Path};

#[cfg(unix)]
use crate::folder::Folder;
use crate::{
    cache_rules::CacheRules, coding::Coding, field_rules::FieldRules, file_path::FilePath,
    hidden_paths::HiddenPaths, listing::listing_page::MakePage, media_types::MediaTypes,
    source::Source,
};

mod answering;
mod fields;
mod finding;
mod framing;
mod hiding;
mod location;
mod outcome;
mod request_path;

/// A tree of files as an application: a folder, files in the program, or a closure.
///
/// It answers `GET`, `HEAD` and `OPTIONS`, conditions and ranges, and nothing outside of its
/// [`Source`] is reachable in any spelling. A folder has an index page or a listing, at its path
/// with a slash at the end; without the slash, it is redirected there. A folder that has neither is
/// not found.
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
    /// files agree, but an empty one is passed over: no coding makes nothing of a file. Without
    /// `site.css` there is no such page, even if `site.css.br` is there: nobody could send it to a
    /// client that accepts no coding.
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
