//! Disks that may hang.

use wsgi_application::FileWrapper;

/// The file systems whose reads wait for another machine or program, as `statfs` numbers them
/// (`linux/magic.h` and the sources of each): FUSE, NFS, SMB twice, 9P, Ceph, AFS twice, Coda,
/// Lustre, GPFS, OrangeFS, and the shared folders of VirtualBox.
#[cfg(target_os = "linux")]
const REMOTE: [u32; 13] = [
    0x6573_5546,
    0x6969,
    0xff53_4d42,
    0xfe53_4d42,
    0x0102_1997,
    0x00c3_6400,
    0x5346_414f,
    0x6b41_4653,
    0x7375_7245,
    0x0bd0_0bd0,
    0x4750_4653,
    0x2003_0528,
    0x786f_4256,
];

/// Whether a read of a file may wait for another machine or program, which may never answer. This
/// may itself wait for it.
#[cfg(target_os = "linux")]
#[allow(clippy::unnecessary_cast)] // the type depends on the system
pub(crate) fn may_hang(file: &FileWrapper) -> bool {
    file.as_file().is_none_or(|file| {
        let system = rustix::fs::fstatfs(file);
        system.is_ok_and(|system| REMOTE.contains(&(system.f_type as u32)))
    })
}

/// On other systems, every disk counts as one that may.
#[cfg(not(target_os = "linux"))]
pub(crate) fn may_hang(_file: &FileWrapper) -> bool {
    true
}
