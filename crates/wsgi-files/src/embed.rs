//! The embedding of a folder by a build script.

use std::{
    env,
    fmt::Write as _,
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf, absolute},
};

use sha2::{Digest, Sha256};

/// The most folders on the way to a file. A link in a circle has no end.
const MAX_DEPTH: usize = 64;

/// The number of bytes of a hash in an entity tag.
const TAG_BYTES: usize = 12;

/// Writes a Rust expression with all files of a folder, for a build script. It is of the type
/// `wsgi_files::Embedded`.
///
/// `folder` is relative to the package, and `file` to the folder of the output, `OUT_DIR`. Names
/// that begin with a dot are left out, except `.well-known` in the folder itself. Links are
/// followed. An entity tag is a part of the SHA-256 of the contents, so that a build anywhere gives
/// the same.
///
/// Needs the feature `embed` of a build dependency; the program needs `application`. The build
/// script:
///
/// ```no_run
/// fn main() -> std::io::Result<()> {
///     wsgi_files::embed("public", "public.rs")
/// }
/// ```
///
/// The program:
///
/// ```ignore
/// let site = wsgi_files::Files::new(include!(concat!(env!("OUT_DIR"), "/public.rs")));
/// ```
///
/// With the crate `wsgi` alone, `use wsgi::crates::wsgi_files;` is needed before.
///
/// It prints `cargo::rerun-if-changed=` and the folder, so that Cargo runs the script again when a
/// file changes, wherever the folder is, and no file keeps the entity tag of what it was. Cargo no
/// longer looks at the whole package then. So if the script depends on anything else, it has to
/// print that as well.
///
/// # Errors
///
/// A file or standard output cannot be read or written, a name is not UTF-8, or links lead in a
/// circle.
///
/// The file has an expression:
///
/// ```
/// # let folder = tempfile::tempdir()?;
/// # let file = folder.path().join("source.rs");
/// wsgi_files::embed("src", &file)?;
/// let source = std::fs::read_to_string(file)?;
/// assert!(source.contains(r#"wsgi_files::EmbeddedFile::new("lib.rs", include_bytes!("#));
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn embed(folder: impl AsRef<Path>, file: impl AsRef<Path>) -> io::Result<()> {
    // As it was named: if it is a link, that may change as well.
    let named = absolute(folder.as_ref())?;
    let watched = named.to_str().ok_or_else(|| not_utf8(&named))?;
    writeln!(io::stdout(), "cargo::rerun-if-changed={watched}")?;
    let folder = named.canonicalize().map_err(about(&named))?;
    let out = env::var_os("OUT_DIR")
        .map(PathBuf::from)
        .unwrap_or_default();
    let mut files = Vec::new();
    gather(&folder, "", 0, &mut files)?;
    files.sort();
    // The program may have imported the names, or not.
    let mut text = String::from(
        "{\n    #[allow(unused_qualifications)]\n    \
         const FILES: wsgi_files::Embedded = wsgi_files::Embedded::new(&[\n",
    );
    for (path, place) in &files {
        let bytes = fs::read(place).map_err(about(place))?;
        let place = place.to_str().ok_or_else(|| not_utf8(place))?;
        // Writing to a string does not fail.
        let _ = writeln!(
            text,
            "        wsgi_files::EmbeddedFile::new({path:?}, include_bytes!({place:?}), {:?}),",
            tag(&bytes)
        );
    }
    text.push_str("    ]);\n    FILES\n}\n");
    let file = out.join(file);
    fs::write(&file, text).map_err(about(&file))
}

/// Adds the files of a folder and those below it: their paths from the root, and their places.
fn gather(
    folder: &Path,
    path: &str,
    depth: usize,
    files: &mut Vec<(String, PathBuf)>,
) -> io::Result<()> {
    if depth > MAX_DEPTH {
        let problem = format!("{}: links lead in a circle", folder.display());
        return Err(io::Error::other(problem));
    }
    for entry in fs::read_dir(folder).map_err(about(folder))? {
        let place = entry?.path();
        let name = place.file_name().and_then(|name| name.to_str());
        let name = name.ok_or_else(|| not_utf8(&place))?;
        if name.starts_with('.') && !(depth == 0 && name == ".well-known") {
            continue;
        }
        let path = format!("{path}{name}");
        let metadata = fs::metadata(&place).map_err(about(&place))?;
        if metadata.is_dir() {
            gather(&place, &format!("{path}/"), depth + 1, files)?;
        } else if metadata.is_file() {
            files.push((path, place));
        }
    }
    Ok(())
}

fn tag(bytes: &[u8]) -> String {
    let hash = Sha256::digest(bytes);
    let digits = hash
        .iter()
        .take(TAG_BYTES)
        .map(|byte| format!("{byte:02x}"));
    digits.collect()
}

/// Names the file in an error.
fn about(path: &Path) -> impl FnOnce(io::Error) -> io::Error {
    move |error| io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

fn not_utf8(path: &Path) -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        format!("{path:?} is not UTF-8; give it another name"),
    )
}
