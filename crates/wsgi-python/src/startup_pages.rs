//! Pages of program files that only the start has needed.
//!
//! Python, its libraries and this extension run much code before the first request that no request
//! runs: they are relocated, modules are imported, and options are read. The files' pages with this
//! code stay resident until memory is short, some megabytes in each process. They are given back
//! before the server starts. The kernel keeps them in its cache of files as long as it has room,
//! and maps those again that requests need.
//!
//! Another thread could change a page after the look at it, so a process with several keeps its
//! pages. An access to a page of a file that can no longer be read ends the process (SIGBUS), as it
//! may when memory is short. So only files on local file systems count, which can be read as long
//! as they are mapped.

#![allow(unsafe_code)]

use std::{
    collections::HashSet,
    fs::{self, File},
    io,
    ops::Range,
    os::unix::fs::FileExt,
};

use rustix::{
    fs::statfs,
    mm::{Advice, madvise},
    param::page_size,
};

/// The bytes of a page's entry in `/proc/self/pagemap`, and its bits (proc_pid_pagemap(5)).
const ENTRY: usize = size_of::<u64>();
const IS_PRESENT: u64 = 1 << 63;
const IS_SWAPPED: u64 = 1 << 62;
const IS_OF_FILE: u64 = 1 << 61;

/// The numbers of local file systems (statfs(2)). Those that an overlay unites are mostly local.
const LOCAL: [u32; 10] = [
    0xCA45_1A4E, // bcachefs
    0x9123_683E, // Btrfs
    0xE0F5_E1E2, // EROFS
    0xEF53,      // ext2 to ext4
    0xF2F5_2010, // F2FS
    0x794C_7630, // overlay
    0x7371_7368, // SquashFS
    0x0102_1994, // tmpfs
    0x5846_5342, // XFS
    0x2FC1_2FC1, // ZFS
];

/// Gives back the pages of program files in a process of one thread. Nothing happens in another
/// one, or if the system does not tell which pages were changed.
///
/// # Errors
///
/// The system does not tell enough of the process. Pages may have been given back.
pub(crate) fn release() -> io::Result<()> {
    let Some(pages) = Pages::of_one_thread()? else {
        return Ok(());
    };
    let maps = fs::read("/proc/self/maps")?;
    let maps = String::from_utf8_lossy(&maps);
    let mappings: Vec<_> = maps.lines().filter_map(Mapping::parse).collect();
    let of_code = mappings.iter().filter(|mapping| mapping.has_code);
    let mut programs: HashSet<_> = of_code.map(|mapping| mapping.path).collect();
    programs.retain(|path| is_local(path));
    for mapping in mappings {
        if programs.contains(mapping.path) {
            pages.release(&mapping)?;
        }
    }
    Ok(())
}

/// Whether a path is that of a file on a local file system. A file that was deleted has none.
fn is_local(path: &str) -> bool {
    fs::metadata(path).is_ok_and(|file| file.is_file())
        && statfs(path).is_ok_and(|system| LOCAL.contains(&(system.f_type as u32)))
}

/// A part of a file in memory that is not written to, and is private, so that a page that is
/// written to nevertheless is no longer the file's.
struct Mapping<'a> {
    addresses: Range<usize>,
    has_code: bool,
    path: &'a str,
}

impl<'a> Mapping<'a> {
    /// The mapping of a line of `/proc/self/maps` (proc_pid_maps(5)), if it is such a one.
    fn parse(line: &'a str) -> Option<Self> {
        let mut fields = line.split_ascii_whitespace();
        let (start, end) = fields.next()?.split_once('-')?;
        let &[_, b'-', execution, b'p'] = fields.next()?.as_bytes() else {
            return None;
        };
        Some(Self {
            addresses: address(start)?..address(end)?,
            has_code: execution == b'x',
            path: &line[line.find('/')?..],
        })
    }
}

fn address(digits: &str) -> Option<usize> {
    usize::from_str_radix(digits, 16).ok()
}

/// The pages of a process with one thread, which starts no other meanwhile.
struct Pages {
    entries: File,
    /// The bytes of a page.
    size: usize,
}

impl Pages {
    /// The pages of this process. `None` if it has several threads, or if the system does not tell
    /// which pages are those of files, and has zeros for all: the page with this function's code
    /// is there while it runs, and is one of a file, unless a tool has changed it.
    fn of_one_thread() -> io::Result<Option<Self>> {
        let threads = fs::read_dir("/proc/self/task")?.collect::<io::Result<Vec<_>>>()?;
        if threads.len() != 1 {
            return Ok(None);
        }
        let pages = Self {
            entries: File::open("/proc/self/pagemap")?,
            size: page_size(),
        };
        let of_code = Self::of_one_thread as fn() -> _ as usize / pages.size;
        let expected = IS_PRESENT | IS_OF_FILE;
        let is_told = pages.all(of_code..of_code + 1, |entry| entry & expected == expected)?;
        Ok(is_told.then_some(pages))
    }

    /// Gives back the pages of a mapping, unless one was changed.
    fn release(&self, mapping: &Mapping<'_>) -> io::Result<()> {
        let Range { start, end } = mapping.addresses;
        let is_of_file = |entry| entry & (IS_PRESENT | IS_SWAPPED) == 0 || entry & IS_OF_FILE != 0;
        if !self.all(start / self.size..end / self.size, is_of_file)? {
            return Ok(());
        }
        // SAFETY: each page that is there is one of the file itself, which the next access finds
        // again. That was seen just now, and holds: this thread is the only one, and since it has
        // read the mappings, it has run nothing that maps files or writes to them. A handler of a
        // signal cannot write either, as the mapping is read-only, and mprotect(2) is not among
        // the functions that a handler may call.
        let _ = unsafe { madvise(start as *mut _, end - start, Advice::LinuxDontNeed) };
        Ok(()) // after an error, as for locked memory, the pages stay
    }

    /// Whether the entries of all these pages are such ones.
    fn all(&self, pages: Range<usize>, is_such: impl Fn(u64) -> bool) -> io::Result<bool> {
        let mut entries = vec![0; pages.len() * ENTRY];
        let position = (pages.start * ENTRY) as u64;
        self.entries.read_exact_at(&mut entries, position)?;
        let (entries, _) = entries.as_chunks::<ENTRY>();
        Ok(entries
            .iter()
            .all(|&entry| is_such(u64::from_ne_bytes(entry))))
    }
}
