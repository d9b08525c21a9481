//! The files and folders that settings name.

use std::{
    ffi::OsStr,
    io,
    path::{Path, PathBuf},
};

use clap::ValueHint;

use crate::command::BLOG;

/// Checks that the place of an option's value exists, as far as the option's declaration says what
/// must be there: a file, a folder, or the folder of a file that may be missing.
///
/// # Errors
///
/// It does not. The error says what to do.
pub(super) fn check(option: &clap::Arg, value: &OsStr) -> Result<(), String> {
    match option.get_value_hint() {
        ValueHint::FilePath => values(option, value).try_for_each(|path| check_file(&path)),
        // A folder that is created, with those above it.
        ValueHint::DirPath if option.get_id() == BLOG => Ok(()),
        ValueHint::DirPath => values(option, value).try_for_each(|path| check_folder(&path)),
        ValueHint::AnyPath if value != "-" => {
            let folder = Path::new(value).parent();
            let folder = folder.filter(|folder| !folder.as_os_str().is_empty());
            folder.map_or(Ok(()), check_folder)
        }
        _ => Ok(()),
    }
}

/// The paths in a value of an option that may name several.
fn values(option: &clap::Arg, value: &OsStr) -> impl Iterator<Item = PathBuf> {
    let delimiter = option.get_value_delimiter();
    let split = delimiter.and_then(|delimiter| Some(value.to_str()?.split(delimiter)));
    let whole = split.is_none().then(|| PathBuf::from(value));
    split.into_iter().flatten().map(PathBuf::from).chain(whole)
}

fn check_file(path: &Path) -> Result<(), String> {
    match path.metadata() {
        Ok(file) if file.is_dir() => Err(format!("{} is a folder: name a file", path.display())),
        Ok(_) => Ok(()),
        Err(error) => Err(missing(path, "file", &error)),
    }
}

fn check_folder(path: &Path) -> Result<(), String> {
    match path.metadata() {
        Ok(folder) if folder.is_dir() => Ok(()),
        Ok(_) => Err(format!("{} is not a folder: name one", path.display())),
        Err(error) => Err(missing(path, "folder", &error)),
    }
}

fn missing(path: &Path, noun: &str, error: &io::Error) -> String {
    let path = path.display();
    match error.kind() {
        io::ErrorKind::NotFound => {
            format!("the {noun} {path} does not exist: create it, or correct the path")
        }
        io::ErrorKind::PermissionDenied => {
            format!("this user may not look at {path}: change the permissions of its folder")
        }
        _ => format!("the {noun} {path} cannot be used: {error}"),
    }
}
