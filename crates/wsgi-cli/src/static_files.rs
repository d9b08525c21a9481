//! The server for the files of a folder.

use std::{fs::File, io, path::Path};

use wsgi::{
    Application,
    compression::Compression,
    files::{Coding, Files, Folder},
    middleware::{Cors, CorsError, CorsPolicy, SecurityHeaders},
};

use crate::{
    command::{Origins, Static},
    failure::cannot,
};

/// The application that serves the folder of these options.
///
/// # Errors
///
/// There is no such folder, the program may not enter it, the page for files that are not found is
/// missing, or the origins do not fit together.
pub(crate) fn site(options: &Static) -> io::Result<Box<dyn Application>> {
    let folder = Folder::open(&options.folder).map_err(|error| {
        let error = cannot(&format!("serve {}", options.folder.display()), &error);
        io::Error::other(format!("{error}; name a folder that the program may read"))
    })?;
    if let Some(page) = &options.not_found {
        check_page(&options.folder.join(page))?;
    }
    let folder = folder.symlinks(options.symlinks.unwrap_or_default());
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

/// Checks that the page for files that are not found is there.
fn check_page(path: &Path) -> io::Result<()> {
    let file = File::open(path).and_then(|file| file.metadata());
    let checked = file.and_then(|file| match file.is_file() {
        true => Ok(()),
        false => Err(io::Error::from(io::ErrorKind::IsADirectory)),
    });
    checked.map_err(|error| {
        let error = cannot(&format!("read {}", path.display()), &error);
        io::Error::other(format!("{error}; create the file, or correct --not-found"))
    })
}

fn files(options: &Static, folder: Folder) -> Files {
    let mut files = Files::new(folder)
        .listing(options.listing)
        .clean_urls(options.clean_urls)
        .dotfiles(options.dotfiles);
    if options.precompressed {
        files = files.precompressed([Coding::Brotli, Coding::Zstandard, Coding::Gzip]);
    }
    if options.spa {
        files = files.fallback("index.html");
    }
    if let Some(page) = &options.not_found {
        files = files.not_found(page);
    }
    match options.cache.map(|time| time.as_secs()) {
        None => files,
        Some(0) => files.cache_control("no-cache"),
        Some(seconds) => files
            .cache_control(&format!("max-age={seconds}"))
            .immutable_fingerprints(true),
    }
}

/// Pages of these origins may read files, and see what a download needs to go on.
fn policy(origins: &[Origins]) -> Result<CorsPolicy, CorsError> {
    let policy =
        CorsPolicy::builder()
            .any_header()
            .expose(["Accept-Ranges", "Content-Range", "ETag"]);
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
