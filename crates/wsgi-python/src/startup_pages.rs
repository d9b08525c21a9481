//! Pages of program files that only the start has needed.
//!
//! Python, its libraries and this extension run much code before the first request that no request
//! runs: they are relocated, modules are imported, and options are read. The files' pages with this
//! code stay resident until memory is short, some megabytes in each process. They are given back
//! when the server starts. The kernel keeps them in its cache of files as long as it has room, and
//! maps those again that requests need.

#![allow(unsafe_code)]

use std::{
    ffi::{CStr, c_int, c_void},
    fs::File,
    ops::Range,
    os::unix::fs::FileExt,
    slice,
};

/// The bytes of a page's entry in `/proc/self/pagemap`, and its bits (proc_pid_pagemap(5)).
const ENTRY: usize = size_of::<u64>();
const IS_PRESENT: u64 = 1 << 63;
const IS_SWAPPED: u64 = 1 << 62;
const IS_OF_FILE: u64 = 1 << 61;

/// Gives back the pages of program files. Nothing happens if the system does not tell which pages
/// were changed.
pub(crate) fn release() {
    let Ok(entries) = File::open("/proc/self/pagemap") else {
        return;
    };
    // SAFETY: the call has no requirements.
    let size = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    let Some(size) = usize::try_from(size).ok().filter(|size| *size > 0) else {
        return;
    };
    let mut pages = Pages { entries, size };
    // SAFETY: `visit` takes its last argument for `Pages`, which live longer than the call.
    unsafe { libc::dl_iterate_phdr(Some(visit), (&raw mut pages).cast()) };
}

/// Gives back the pages of a program file. The loader holds its lock meanwhile, so that the file
/// stays where it is.
unsafe extern "C" fn visit(
    file: *mut libc::dl_phdr_info,
    _size: usize,
    pages: *mut c_void,
) -> c_int {
    // SAFETY: the loader passes its entry of a file, and `release` passes pages.
    let (file, pages) = unsafe { (&*file, &*pages.cast::<Pages>()) };
    if file.dlpi_phdr.is_null() || is_of_kernel(file) {
        return 0;
    }
    // SAFETY: the entry has the address and the number of the headers, which the loader keeps.
    let headers = unsafe { slice::from_raw_parts(file.dlpi_phdr, file.dlpi_phnum.into()) };
    for header in headers {
        if header.p_type == libc::PT_LOAD && header.p_flags & libc::PF_W == 0 {
            let start = (file.dlpi_addr as usize).wrapping_add(header.p_vaddr as usize);
            let end = start.saturating_add(header.p_filesz as usize);
            pages.release(start..end);
        }
    }
    0
}

/// Whether the kernel itself is the file, whose name has no folder. The name of the program may be
/// empty.
fn is_of_kernel(file: &libc::dl_phdr_info) -> bool {
    if file.dlpi_name.is_null() {
        return false;
    }
    // SAFETY: the name ends with a zero, and stays as long as the file.
    let name = unsafe { CStr::from_ptr(file.dlpi_name) }.to_bytes();
    !name.is_empty() && !name.contains(&b'/')
}

/// The pages of this process.
struct Pages {
    entries: File,
    /// The bytes of a page.
    size: usize,
}

impl Pages {
    /// Gives back the whole pages of a segment that is not written to, unless one was changed
    /// nevertheless.
    fn release(&self, segment: Range<usize>) {
        let first = segment.start.div_ceil(self.size);
        let end = segment.end / self.size;
        if first >= end || !self.are_of_file(first..end) {
            return;
        }
        let (start, length) = (first * self.size, (end - first) * self.size);
        // SAFETY: the pages are mapped from a file while the loader holds its lock, and have the
        // content of the file, which the next access finds again. Only relocations of code, which
        // no library has nowadays, and tools such as debuggers change such pages, and then they
        // were seen to be changed. After an error, as for locked memory, the pages stay.
        unsafe { libc::madvise(start as *mut c_void, length, libc::MADV_DONTNEED) };
    }

    /// Whether none of these pages has a content of its own.
    fn are_of_file(&self, pages: Range<usize>) -> bool {
        let mut entries = vec![0; pages.len() * ENTRY];
        let position = (pages.start * ENTRY) as u64;
        let read = self.entries.read_exact_at(&mut entries, position);
        let (entries, _) = entries.as_chunks::<ENTRY>();
        read.is_ok()
            && entries.iter().all(|&entry| {
                let entry = u64::from_ne_bytes(entry);
                entry & (IS_PRESENT | IS_SWAPPED) == 0 || entry & IS_OF_FILE != 0
            })
    }
}
