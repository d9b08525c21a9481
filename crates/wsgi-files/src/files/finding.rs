//! The way from the path of a request to a file.

use wsgi_application::Environ;

use super::{Files, location, outcome::Outcome, request_path::RequestPath};
use crate::{
    entries::Entries,
    file_path::FilePath,
    listing::MAX_ENTRIES,
    media_types,
    source::{Found, Source, SourceError},
    source_file::SourceFile,
};

/// The end of names that [`Files::clean_urls`] leaves out.
const HTML: &str = ".html";

impl Files {
    /// Follows the path of a request. What is not found is the fallback, if there is one.
    pub(super) fn find<'a>(&'a self, environ: &'a Environ) -> Result<Outcome<'a>, SourceError> {
        let path_info = environ.path_info();
        let Some(request) = RequestPath::parse(path_info.as_bytes()) else {
            return Ok(Outcome::NotFound);
        };
        let is_hidden = !self.has_dotfiles && request.is_hidden();
        if is_hidden || self.hides(&request.path) {
            return Ok(Outcome::NotFound);
        }
        let outcome = match self.follow(environ, &request) {
            Err(SourceError::NotFound) => Outcome::NotFound,
            Err(SourceError::Denied) if !self.forbids_unreadable => Outcome::NotFound,
            result => result?,
        };
        match (&outcome, &self.fallback) {
            (Outcome::NotFound, Some(page)) if is_page(&request.path) => self.page(page),
            _ => Ok(outcome),
        }
    }

    fn follow<'a>(
        &self,
        environ: &Environ,
        request: &RequestPath<'a>,
    ) -> Result<Outcome<'a>, SourceError> {
        let path = &request.path;
        match self.source.open(path) {
            Ok(Found::File(_)) if request.has_slash => Ok(Outcome::NotFound),
            Ok(Found::File(file)) => Ok(self.file(environ, path, file)),
            Ok(Found::Folder) if request.has_slash => self.index_page(path),
            Ok(Found::Folder) => match (
                self.clean_page(environ, path)?,
                location::with_slash(environ),
            ) {
                (Some(page), _) => Ok(page),
                (None, Some(location)) if self.has_page(path)? => Ok(Outcome::Redirect(location)),
                (None, Some(_)) => Ok(Outcome::NotFound),
                (None, None) => self.index_page(path),
            },
            Err(SourceError::NotFound) if !request.has_slash => {
                Ok(self.clean_page(environ, path)?.unwrap_or(Outcome::NotFound))
            }
            Err(error) => Err(error),
        }
    }

    /// A file. A page that has a URL without its extension is redirected to that.
    fn file<'a>(&self, environ: &Environ, path: &FilePath<'a>, file: SourceFile) -> Outcome<'a> {
        let is_page = self.has_clean_urls && path.name().ends_with(HTML.as_bytes());
        let is_index = || {
            let index = self.index.first().map(String::as_bytes);
            index == Some(path.name())
        };
        let cut = match is_page {
            true if is_index() => path.name().len(),
            true if self.has_clean_name(path) => HTML.len(),
            _ => 0,
        };
        let location = (cut > 0).then(|| location::without_end(environ, cut));
        match location.flatten() {
            Some(location) => Outcome::Redirect(location),
            None => Outcome::File {
                path: path.clone(),
                file,
            },
        }
    }

    /// Whether the page at a path is also found without its extension, where nothing is hidden and
    /// no other file is.
    fn has_clean_name(&self, path: &FilePath<'_>) -> bool {
        let bytes = path.as_bytes();
        let short = &bytes[..bytes.len() - HTML.len()];
        path.name().len() > HTML.len()
            && FilePath::new(short)
                .filter(|short| !self.hides(short))
                .is_some_and(|short| matches!(open_file(&*self.source, &short), Ok(None)))
    }

    /// The page of a URL without an extension. That of an index page is the one of its folder.
    fn clean_page(
        &self,
        environ: &Environ,
        path: &FilePath<'_>,
    ) -> Result<Option<Outcome<'static>>, SourceError> {
        if !self.has_clean_urls || path.is_root() {
            return Ok(None);
        }
        let page = path.with_suffix(HTML);
        let Some(file) = self.open_shown(&page)? else {
            return Ok(None);
        };
        let is_index = self.index.first().map(String::as_bytes) == Some(page.name());
        let folder = is_index.then(|| location::without_end(environ, path.name().len()));
        Ok(Some(match folder.flatten() {
            Some(location) => Outcome::Redirect(location),
            None => Outcome::File { path: page, file },
        }))
    }

    /// Whether a folder has an index page or a listing. The page of the root is also the fallback,
    /// whose relative URLs lead out of a mount if its path has no slash at the end.
    fn has_page(&self, folder: &FilePath<'_>) -> Result<bool, SourceError> {
        if self.has_listings || self.open_index(folder)?.is_some() {
            return Ok(true);
        }
        match self.fallback.as_ref().filter(|_| folder.is_root()) {
            Some(page) => Ok(open_file(&*self.source, page)?.is_some()),
            None => Ok(false),
        }
    }

    /// The first of the index pages that a folder has.
    fn open_index(
        &self,
        folder: &FilePath<'_>,
    ) -> Result<Option<(FilePath<'static>, SourceFile)>, SourceError> {
        for path in self.index.iter().filter_map(|name| folder.join(name)) {
            if let Some(file) = self.open_shown(&path)? {
                return Ok(Some((path, file)));
            }
        }
        Ok(None)
    }

    fn index_page(&self, folder: &FilePath<'_>) -> Result<Outcome<'static>, SourceError> {
        if let Some((path, file)) = self.open_index(folder)? {
            return Ok(Outcome::File { path, file });
        }
        if !self.has_listings {
            return Ok(Outcome::NotFound);
        }
        let Entries {
            mut entries,
            is_cut,
        } = self.source.list(folder, MAX_ENTRIES)?;
        let is_hidden = |name: &[u8]| name.starts_with(b".");
        entries.retain(|entry| self.has_dotfiles || !is_hidden(entry.name.as_encoded_bytes()));
        if !self.hidden.is_empty() {
            entries.retain(|entry| {
                let path = folder.join(entry.name.as_encoded_bytes());
                path.is_some_and(|path| !self.hides(&path))
            });
        }
        Ok(Outcome::Listing {
            entries,
            is_cut,
            has_parent: !folder.is_root(),
        })
    }

    /// Whether a pattern hides a path, or the file of which it is the precompressed form.
    fn hides(&self, path: &FilePath<'_>) -> bool {
        let mut plain = self.codings.iter().filter_map(|coding| coding.plain(path));
        self.hidden.hide(path) || plain.any(|path| self.hidden.hide(&path))
    }

    /// Opens a file that stands for another path; `None` if there is none, or if it is hidden.
    fn open_shown(&self, path: &FilePath<'_>) -> Result<Option<SourceFile>, SourceError> {
        match self.hides(path) {
            true => Ok(None),
            false => open_file(&*self.source, path),
        }
    }

    /// A page that is sent in place of something else.
    pub(super) fn page<'a>(&self, path: &'a FilePath<'_>) -> Result<Outcome<'a>, SourceError> {
        let file = open_file(&*self.source, path)?;
        let path = path.borrowed();
        Ok(file.map_or(Outcome::NotFound, |file| Outcome::File { path, file }))
    }
}

/// Opens a file; `None` if there is none.
pub(super) fn open_file(
    source: &dyn Source,
    path: &FilePath<'_>,
) -> Result<Option<SourceFile>, SourceError> {
    match source.open(path) {
        Ok(Found::File(file)) => Ok(Some(file)),
        Ok(Found::Folder) | Err(SourceError::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether a path can be that of a page of a single-page application.
fn is_page(path: &FilePath<'_>) -> bool {
    let extension = path.extension().and_then(|e| std::str::from_utf8(e).ok());
    let media_type = extension.and_then(media_types::standard);
    media_type.is_none_or(|media_type| media_type == "text/html")
}
