//! The server for the files of a folder.

use std::{fs::File, io};

use wsgi::{
    Application,
    compression::Compression,
    files::{Coding, FilePath, Files, Folder, Found, Source, SourceError},
    middleware::{Cors, CorsError, CorsPolicy, SecurityHeaders},
};

use crate::{
    command::{Origins, Static},
    failure::cannot,
};

/// The page of a folder, and of a single-page application.
const INDEX: &str = "index.html";

/// The application that serves the folder of these options.
///
/// # Errors
///
/// There is no such folder, the program may not enter it, a page that answers in place of others is
/// missing, or the origins do not fit together.
pub(crate) fn site(options: &Static) -> io::Result<Box<dyn Application>> {
    let folder = Folder::open(&options.folder).map_err(|error| {
        io::Error::other(format!("{error}; name a folder that the program may read"))
    })?;
    let folder = folder.symlinks(options.symlinks.unwrap_or_default());
    if let Some(page) = &options.not_found {
        check_page(options, &folder, page, "correct --not-found")?;
    }
    if options.spa {
        check_page(options, &folder, INDEX, "leave out --spa")?;
    }
    let files = files(options, folder);
    let mut site: Box<dyn Application> = match options.compress {
        true => Box::new(Compression::new(files)),
        false => Box::new(files),
    };
    if options.security_headers {
        let strict = SecurityHeaders::new(site);
        site = match options.cors.is_empty() {
            true => Box::new(strict),
            false => Box::new(strict.without("Cross-Origin-Resource-Policy")),
        };
    }
    if !options.cors.is_empty() {
        let policy = policy(&options.cors)
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
        site = Box::new(Cors::new(site, policy));
    }
    Ok(site)
}

/// A line for the start of the program, if visitors of `/` find nothing.
pub(crate) fn note(options: &Static) -> Option<String> {
    let has_page = options.listing || options.spa || options.folder.join(INDEX).exists();
    (!has_page).then(|| {
        format!("/ is not found: the folder has no {INDEX}; --listing shows its files instead")
    })
}

/// Checks that a page that answers in place of others is there. If it is not, the error advises to
/// create it or to do something else.
fn check_page(options: &Static, folder: &Folder, page: &str, otherwise: &str) -> io::Result<()> {
    let not_found = || SourceError::NotFound;
    let found = FilePath::new(page).ok_or_else(not_found);
    let path = options.folder.join(page);
    let error = match found.and_then(|page| folder.open(&page)) {
        Ok(Found::File(_)) => return Ok(()),
        Ok(Found::Folder) => io::ErrorKind::IsADirectory.into(),
        Err(SourceError::Io(error)) => error,
        Err(_) => match File::open(&path) {
            Ok(_) => io::Error::other("--symlinks does not allow the link there"),
            Err(error) => error,
        },
    };
    let error = cannot(&format!("read {}", path.display()), &error);
    Err(io::Error::other(format!(
        "{error}; create the file, or {otherwise}"
    )))
}

fn files(options: &Static, folder: Folder) -> Files {
    let mut files = Files::new(folder)
        .listing(options.listing)
        .clean_urls(options.clean_urls)
        .dotfiles(options.dotfiles);
    files = options
        .hide
        .iter()
        .fold(files, |files, pattern| files.hide(pattern));
    if options.precompressed {
        files = files.precompressed([Coding::Brotli, Coding::Zstandard, Coding::Gzip]);
    }
    if options.spa {
        files = files.fallback(INDEX);
    }
    if let Some(page) = &options.not_found {
        files = files.not_found(page);
    }
    match options.cache {
        None => files,
        Some(time) => files.max_age(time).immutable_fingerprints(!time.is_zero()),
    }
}

/// The fields that a page of another origin may see: what a download needs to go on, and whether a
/// listing is cut.
const EXPOSED: [&str; 4] = ["Accept-Ranges", "Content-Range", "ETag", "X-More-Entries"];

/// Pages of these origins may read files and listings.
fn policy(origins: &[Origins]) -> Result<CorsPolicy, CorsError> {
    let policy = CorsPolicy::builder().any_header().expose(EXPOSED);
    let is_any = origins.contains(&Origins::All);
    let policy = match is_any {
        true => policy.any_origin(),
        false => origins.iter().fold(policy, |policy, origin| match origin {
            Origins::Of(pattern) => policy.origin(pattern.clone()),
            Origins::All => policy,
        }),
    };
    policy.build()
}
