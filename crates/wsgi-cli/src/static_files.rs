//! The server for the files of a folder.

use std::io;

use wsgi::{
    Application,
    files::{Files, Folder, Symlinks},
};

use crate::{command::Static, failure::cannot};

/// The application that serves the folder of these options.
///
/// # Errors
///
/// There is no such folder, or the program may not enter it.
pub(crate) fn site(options: &Static) -> io::Result<impl Application + 'static> {
    let folder = Folder::open(&options.folder)
        .map_err(|error| cannot(&format!("serve {}", options.folder.display()), &error))?;
    let symlinks = match options.follow_links {
        true => Symlinks::Anywhere,
        false => Symlinks::WithinRoot,
    };
    Ok(Files::new(folder.symlinks(symlinks)).dotfiles(options.dotfiles))
}
