//! The response to a request for a file.

use std::borrow::Cow;

use wsgi_application::{Application, Environ, Headers, Result, StartResponse, Status};
use wsgi_environ::is_standard_method;

use super::{Files, finding::open_file, outcome::Outcome};
use crate::{
    coding::{self, Coding},
    delivery,
    entry::Entry,
    file_fields::{FileFields, NOSNIFF},
    file_path::FilePath,
    listing::{
        Listing,
        listing_page::{ListingPage, MakePage},
    },
    representation::Representation,
    source::SourceError,
    source_file::SourceFile,
};

const ALLOW: (&str, &str) = ("Allow", "GET, HEAD, OPTIONS");

impl Application for Files {
    fn call(&self, environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
        match environ.request_method().as_bytes() {
            b"GET" | b"HEAD" => {}
            b"OPTIONS" => {
                start_response.start(Status::NO_CONTENT, [ALLOW])?;
                return Ok(().into());
            }
            method if is_standard_method(method) => {
                return plain(start_response, Status::METHOD_NOT_ALLOWED, &[ALLOW]);
            }
            _ => return plain(start_response, Status::NOT_IMPLEMENTED, &[ALLOW]),
        }
        let outcome = match self.find(environ) {
            Err(SourceError::NotFound) => Outcome::NotFound,
            Err(SourceError::Denied) if self.forbids_unreadable => Outcome::Forbidden,
            Err(SourceError::Denied) => Outcome::NotFound,
            Err(SourceError::Io(error)) => return Err(error.into()),
            Ok(outcome) => outcome,
        };
        match outcome {
            Outcome::File { path, file } => self.deliver(environ, start_response, &path, file),
            Outcome::Listing {
                entries,
                is_cut,
                has_parent,
            } => {
                let page = self.listing_page.as_deref();
                list(environ, start_response, entries, is_cut, has_parent, page)
            }
            Outcome::Redirect(location) => plain(
                start_response,
                Status::MOVED_PERMANENTLY,
                &[("Location", &location)],
            ),
            Outcome::Forbidden => plain(start_response, Status::FORBIDDEN, &[]),
            Outcome::NotFound => self.not_found_page(start_response),
        }
    }
}

impl Files {
    fn deliver(
        &self,
        environ: &Environ,
        start_response: &mut StartResponse<'_>,
        path: &FilePath<'_>,
        mut file: SourceFile,
    ) -> Result {
        let own_coding = match file.content_type() {
            Some(_) => None,
            None => self.media_types.coding_of(path),
        };
        let content_type = self.content_type(path, &mut file);
        let is_negotiated =
            !self.codings.is_empty() && own_coding.is_none() && is_compressible(&content_type);
        let (file, coding) = match is_negotiated {
            true => self.encoded(environ, path, file)?,
            false => (file, own_coding),
        };
        let (contents, length, validators) = file.into_parts();
        let validators = match coding {
            Some(coding) if is_negotiated => validators.with_suffix(coding.suffix()),
            _ => validators,
        };
        let cache_control = self.cache_rules.of(path, &content_type);
        let representation = Representation::new(length, content_type, validators);
        let answer = delivery::answer(environ, &representation, coding.is_some());
        let body = delivery::body(&answer, length, contents)?;
        let fields = FileFields {
            answer: &answer,
            representation: &representation,
            coding,
            cache_control,
            field_rules: &self.field_rules,
            path,
            is_negotiated,
        };
        start_response.start(delivery::status(&answer), fields)?;
        Ok(body)
    }

    fn content_type(&self, path: &FilePath<'_>, file: &mut SourceFile) -> Cow<'static, str> {
        match file.take_content_type() {
            Some(content_type) => content_type,
            None => self.media_types.of(path),
        }
    }

    /// The precompressed file that the client likes best, or else the file itself.
    fn encoded(
        &self,
        environ: &Environ,
        path: &FilePath<'_>,
        file: SourceFile,
    ) -> Result<(SourceFile, Option<Coding>)> {
        for coding in coding::accepted(environ, &self.codings) {
            match open_file(&*self.source, &path.with_suffix(coding.suffix())) {
                // Not even an empty file has an empty coded form: such a one was cut off.
                Ok(Some(encoded)) if !encoded.is_empty() => return Ok((encoded, Some(coding))),
                Ok(_) | Err(SourceError::Denied) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok((file, None))
    }

    /// The page of the status 404, whole and without validators: it is not what was asked for. So
    /// it has the fields of its own path alone, as fields such as `Content-Disposition` are about
    /// the content they come with (RFC 9110 section 8).
    fn not_found_page(&self, start_response: &mut StartResponse<'_>) -> Result {
        let page = match &self.not_found {
            Some(path) => self.page(path),
            None => Ok(Outcome::NotFound),
        };
        match page {
            Ok(Outcome::File { path, mut file }) => {
                let content_type = self.content_type(&path, &mut file);
                let fields = [("Content-Type", &*content_type), NOSNIFF];
                let mut headers = Headers::from_fields(fields)?;
                self.field_rules.append(&path, &mut headers)?;
                headers.append("Content-Length", file.len().to_string())?;
                let body = file.into_body()?;
                start_response.start(Status::NOT_FOUND, headers)?;
                Ok(body)
            }
            Err(SourceError::Io(error)) => Err(error.into()),
            _ => plain(start_response, Status::NOT_FOUND, &[]),
        }
    }
}

/// Whether files of a type get smaller by a coding.
fn is_compressible(content_type: &str) -> bool {
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    let (kind, subtype) = media_type.split_once('/').unwrap_or_default();
    match kind {
        "image" => matches!(subtype, "svg+xml" | "bmp" | "vnd.microsoft.icon" | "x-icon"),
        "font" => !subtype.starts_with("woff"),
        "audio" | "video" => false,
        _ => !matches!(subtype, "gzip" | "zip" | "zstd"),
    }
}

fn list(
    environ: &Environ,
    start_response: &mut StartResponse<'_>,
    entries: Vec<Entry>,
    is_cut: bool,
    has_parent: bool,
    page: Option<&MakePage>,
) -> Result {
    let listing = Listing::new(entries, is_cut, environ.query_string().as_bytes());
    let mut path = environ.script_name().to_string_lossy().into_owned();
    path.push_str(&environ.path_info().to_string_lossy());
    let (content_type, text) = listing.render(environ, |listing| match page {
        Some(page) => page(environ, &ListingPage::new(listing, &path, has_parent)),
        None => listing.html(&path, has_parent),
    });
    let fields = [
        ("Content-Type", content_type),
        ("Cache-Control", "no-cache"),
        ("Vary", "Accept"),
        NOSNIFF,
    ];
    let mut headers = Headers::from_fields(fields)?;
    if is_cut {
        headers.append("X-More-Entries", "true")?;
    }
    if page.is_none() {
        // The names of files are text of strangers, which is escaped; this is for good measure.
        let policy = "default-src 'none'; style-src 'unsafe-inline'";
        headers.append("Content-Security-Policy", policy)?;
    }
    start_response.start(Status::OK, headers)?;
    Ok(text.into())
}

/// A response with its status as text.
fn plain(
    start_response: &mut StartResponse<'_>,
    status: Status,
    fields: &[(&str, &str)],
) -> Result {
    let text = format!("{status}\n");
    let mut headers = Headers::from_fields(fields)?;
    headers.append("Content-Type", delivery::PLAIN)?;
    headers.append(NOSNIFF.0, NOSNIFF.1)?;
    start_response.start(status, headers)?;
    Ok(text.into())
}
