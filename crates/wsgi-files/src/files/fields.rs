//! The fields that files are sent with.

use std::time::Duration;

use wsgi_headers::{is_field_value, is_token};

use super::Files;

impl Files {
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
fn field_value(value: &str) -> String {
    assert!(
        is_field_value(value.as_bytes()),
        "{value:?} has a control character"
    );
    value.to_owned()
}
