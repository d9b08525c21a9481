//! Opening a path below a root, by the rules for symbolic links.
//!
//! Where the system has `openat2`, it resolves the path and refuses what leads out. Elsewhere, and
//! where `openat2` is blocked, the path is walked name by name, and links are refused on the way. A
//! link that the first attempt refuses is resolved by its name; the result is opened again without
//! links, so a link that is changed meanwhile leads nowhere.

use std::{
    ffi::OsStr,
    io,
    os::fd::{AsFd, BorrowedFd, OwnedFd},
    path::{Path, PathBuf},
};

use rustix::{
    fs::{AtFlags, CWD, FileType, Mode, OFlags, Stat, fstat, openat, statat},
    io::Errno,
};

use crate::symlinks::Symlinks;

/// Flags of a descriptor that is not read.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) const LOOK: OFlags = OFlags::PATH;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(super) const LOOK: OFlags = OFlags::RDONLY.union(OFlags::NONBLOCK).union(OFlags::NOCTTY);

/// Opens the root itself.
pub(super) fn open_root(path: &Path) -> io::Result<OwnedFd> {
    let flags = LOOK | OFlags::DIRECTORY | OFlags::CLOEXEC;
    Ok(openat(CWD, path, flags, Mode::empty())?)
}

/// Opens a relative path of names, or `.`. `root_path` is where the root is found by name.
pub(super) fn open(
    root: &OwnedFd,
    root_path: &Path,
    path: &Path,
    flags: OFlags,
    symlinks: Symlinks,
) -> Result<OwnedFd, Errno> {
    let flags = flags | OFlags::CLOEXEC;
    match symlinks {
        Symlinks::All => openat(root, path, flags, Mode::empty()),
        Symlinks::None => without_links(root, path, flags),
        Symlinks::Within => match with_links(root, path, flags) {
            // An absolute link, or one that leads out and back in.
            Err(Errno::XDEV | Errno::LOOP) => {
                let real = real_path(root_path, path).ok_or(Errno::XDEV)?;
                without_links(root, &real, flags)
            }
            result => result,
        },
    }
}

/// Describes what is at a relative path, without following a link: it may lead to a server that
/// does not answer. Nothing but folders is opened.
pub(super) fn look(root: &OwnedFd, path: &Path) -> Result<Stat, Errno> {
    let flags = LOOK | OFlags::DIRECTORY | OFlags::CLOEXEC;
    match (path.parent(), path.file_name()) {
        (Some(parent), Some(name)) if !parent.as_os_str().is_empty() => {
            let parent = without_links(root, parent, flags)?;
            statat(parent, name, AtFlags::SYMLINK_NOFOLLOW)
        }
        _ => statat(root, path, AtFlags::SYMLINK_NOFOLLOW),
    }
}

/// The path, relative to the root, of what links lead to; `None` if it is outside.
fn real_path(root: &Path, path: &Path) -> Option<PathBuf> {
    let root = root.canonicalize().ok()?;
    let real = root.join(path).canonicalize().ok()?;
    let relative = real.strip_prefix(&root).ok()?;
    Some(match relative.as_os_str().is_empty() {
        true => ".".into(),
        false => relative.to_owned(),
    })
}

#[cfg(any(target_os = "linux", target_os = "android"))]
mod kernel {
    use std::{
        os::fd::OwnedFd,
        path::Path,
        sync::atomic::{AtomicBool, Ordering},
    };

    use rustix::{
        fs::{Mode, OFlags, ResolveFlags, openat2},
        io::Errno,
    };

    /// Whether the kernel, or a filter of system calls around the program, has refused `openat2`.
    pub(super) static IS_MISSING: AtomicBool = AtomicBool::new(false);

    /// The attempts while others rename folders on the way.
    const ATTEMPTS: usize = 16;

    /// Opens a path below the root; `None` if the kernel has no `openat2`.
    pub(super) fn open(
        root: &OwnedFd,
        path: &Path,
        flags: OFlags,
        links: ResolveFlags,
    ) -> Option<Result<OwnedFd, Errno>> {
        if IS_MISSING.load(Ordering::Relaxed) {
            return None;
        }
        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS | links;
        let attempt = || openat2(root, path, flags, Mode::empty(), resolve);
        let mut result = attempt();
        for _ in 1..ATTEMPTS {
            match result {
                Err(Errno::AGAIN | Errno::INTR) => result = attempt(),
                _ => break,
            }
        }
        // Some filters of containers answer EPERM to system calls that they do not know.
        let is_missing = match result {
            Err(Errno::NOSYS) => true,
            Err(Errno::PERM) => {
                let flags = super::LOOK | OFlags::CLOEXEC;
                openat2(root, ".", flags, Mode::empty(), resolve).err() == Some(Errno::PERM)
            }
            _ => return Some(result),
        };
        if !is_missing {
            return Some(result);
        }
        IS_MISSING.store(true, Ordering::Relaxed);
        None
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn with_links(root: &OwnedFd, path: &Path, flags: OFlags) -> Result<OwnedFd, Errno> {
    use rustix::fs::ResolveFlags;
    kernel::open(root, path, flags, ResolveFlags::empty())
        .unwrap_or_else(|| walk(root.as_fd(), path, flags))
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn without_links(root: &OwnedFd, path: &Path, flags: OFlags) -> Result<OwnedFd, Errno> {
    use rustix::fs::ResolveFlags;
    kernel::open(root, path, flags, ResolveFlags::NO_SYMLINKS)
        .unwrap_or_else(|| walk(root.as_fd(), path, flags))
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn with_links(root: &OwnedFd, path: &Path, flags: OFlags) -> Result<OwnedFd, Errno> {
    walk(root.as_fd(), path, flags)
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn without_links(root: &OwnedFd, path: &Path, flags: OFlags) -> Result<OwnedFd, Errno> {
    walk(root.as_fd(), path, flags)
}

/// Opens a path name by name. A link is [`Errno::LOOP`].
fn walk(root: BorrowedFd<'_>, path: &Path, flags: OFlags) -> Result<OwnedFd, Errno> {
    let mut names = path.iter().peekable();
    let mut folder: Option<OwnedFd> = None;
    while let Some(name) = names.next() {
        let at = folder.as_ref().map_or(root, AsFd::as_fd);
        let is_last = names.peek().is_none();
        let flags = match is_last {
            true => flags,
            false => LOOK | OFlags::DIRECTORY | OFlags::CLOEXEC,
        };
        let next = match openat(at, name, flags | OFlags::NOFOLLOW, Mode::empty()) {
            // Systems differ in what they say of a link.
            Err(Errno::NOTDIR | Errno::MLINK) if is_link(at, name) => return Err(Errno::LOOP),
            result => result?,
        };
        // A link can itself be opened, if nothing is read.
        if FileType::from_raw_mode(fstat(&next)?.st_mode) == FileType::Symlink {
            return Err(Errno::LOOP);
        }
        folder = Some(next);
    }
    folder.ok_or(Errno::NOENT)
}

fn is_link(at: BorrowedFd<'_>, name: &OsStr) -> bool {
    statat(at, name, AtFlags::SYMLINK_NOFOLLOW)
        .is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::Symlink)
}

#[cfg(test)]
mod tests {
    use std::{
        fs,
        io::{Error, Read},
        os::unix::fs::symlink,
    };

    use tempfile::TempDir;

    use super::*;

    /// A folder `root` with links, and a neighbour.
    fn tree() -> TempDir {
        let tree = tempfile::tempdir().expect("a folder");
        let root = tree.path().join("root");
        fs::create_dir_all(root.join("folder")).expect("a folder");
        fs::write(root.join("a"), "a").expect("a file");
        fs::write(root.join("folder/b"), "b").expect("a file");
        fs::write(tree.path().join("secret"), "secret").expect("a file");
        let links = [
            ("a", "link"),
            ("folder", "to-folder"),
            ("../root/folder/b", "out-and-in"),
            ("../secret", "outside"),
            ("loop", "loop"),
        ];
        for (target, name) in links {
            symlink(target, root.join(name)).expect("a link");
        }
        symlink(root.join("a"), root.join("absolute")).expect("a link");
        tree
    }

    fn read(file: Result<OwnedFd, Errno>) -> Result<String, Errno> {
        let mut text = String::new();
        let mut file = fs::File::from(file?);
        let read = file.read_to_string(&mut text);
        let errno = |error: Error| Errno::from_io_error(&error).expect("an error of the system");
        read.map(|_| text).map_err(errno)
    }

    #[test]
    fn a_walk_refuses_every_link() {
        let tree = tree();
        let root = open_root(&tree.path().join("root")).expect("the root");
        let rows = [
            ("a", Ok("a")),
            ("folder/b", Ok("b")),
            ("link", Err(Errno::LOOP)),
            ("to-folder/b", Err(Errno::LOOP)),
            ("outside", Err(Errno::LOOP)),
            ("absent", Err(Errno::NOENT)),
            ("absent/b", Err(Errno::NOENT)),
            ("a/b", Err(Errno::NOTDIR)),
            ("", Err(Errno::NOENT)),
        ];
        for (path, expected) in rows {
            let file = walk(
                root.as_fd(),
                Path::new(path),
                OFlags::RDONLY | OFlags::CLOEXEC,
            );
            assert_eq!(read(file), expected.map(str::to_owned), "{path}");
        }
        let link = walk(root.as_fd(), Path::new("link"), LOOK | OFlags::CLOEXEC);
        assert_eq!(link.err(), Some(Errno::LOOP));
    }

    #[test]
    fn the_rules_are_the_same_with_the_kernel_and_without() {
        let tree = tree();
        let root_path = tree.path().join("root");
        let root = open_root(&root_path).expect("the root");
        let open = |path: &str, symlinks| {
            let path = Path::new(path);
            read(open(&root, &root_path, path, OFlags::RDONLY, symlinks)).ok()
        };
        for is_missing in [false, true] {
            #[cfg(any(target_os = "linux", target_os = "android"))]
            kernel::IS_MISSING.store(is_missing, std::sync::atomic::Ordering::Relaxed);
            for (path, never, within, anywhere) in [
                ("a", Some("a"), Some("a"), Some("a")),
                ("folder/b", Some("b"), Some("b"), Some("b")),
                ("link", None, Some("a"), Some("a")),
                ("to-folder/b", None, Some("b"), Some("b")),
                ("out-and-in", None, Some("b"), Some("b")),
                ("absolute", None, Some("a"), Some("a")),
                ("outside", None, None, Some("secret")),
                ("loop", None, None, None),
                ("absent", None, None, None),
            ] {
                let found = [Symlinks::None, Symlinks::Within, Symlinks::All]
                    .map(|symlinks| open(path, symlinks));
                let expected = [never, within, anywhere].map(|text| text.map(str::to_owned));
                assert_eq!(found, expected, "{path}, without openat2: {is_missing}");
            }
        }
        #[cfg(any(target_os = "linux", target_os = "android"))]
        kernel::IS_MISSING.store(false, std::sync::atomic::Ordering::Relaxed);
    }
}
