//! The folder with challenges for certificates.

use std::io;

use crate::{command::SiteOptions, failure::cannot};

/// Checks that the folder is there, if the options name one. It is only read during requests, so
/// nobody would notice before.
///
/// # Errors
///
/// It is not there, or is not a folder.
pub(crate) fn check(options: &SiteOptions) -> io::Result<()> {
    let Some(folder) = &options.acme_webroot else {
        return Ok(());
    };
    let checked = folder.metadata().and_then(|folder| match folder.is_dir() {
        true => Ok(()),
        false => Err(io::Error::from(io::ErrorKind::NotADirectory)),
    });
    checked.map_err(|error| {
        let error = cannot(&format!("read challenges in {}", folder.display()), &error);
        io::Error::other(format!(
            "{error}; create the folder, or correct --acme-webroot"
        ))
    })
}
