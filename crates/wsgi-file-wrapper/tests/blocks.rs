//! Blocks of readers and files, and their ends.

use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use wsgi_file_wrapper::FileWrapper;

/// A reader that returns the results of its script one by one, and is empty afterwards.
struct Scripted<I>(I);

fn scripted<const N: usize>(
    script: [io::Result<&'static [u8]>; N],
) -> Scripted<impl Iterator<Item = io::Result<&'static [u8]>>> {
    Scripted(script.into_iter())
}

impl<I: Iterator<Item = io::Result<&'static [u8]>>> Read for Scripted<I> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let bytes = self.0.next().unwrap_or(Ok(b""))?;
        buf[..bytes.len()].copy_from_slice(bytes);
        Ok(bytes.len())
    }
}

fn readme() -> File {
    File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap()
}

fn contents(wrapper: FileWrapper) -> Vec<u8> {
    wrapper.collect::<io::Result<Vec<_>>>().unwrap().concat()
}

#[test]
fn blocks_are_8192_bytes_by_default() {
    let wrapper = FileWrapper::new(io::repeat(b'x').take(20_000));
    assert_eq!(wrapper.block_size(), 8192);
    let lengths: Vec<_> = wrapper.map(|block| block.unwrap().len()).collect();
    assert_eq!(lengths, [8192, 8192, 3616]);
}

#[test]
fn a_short_read_gives_a_short_block_and_does_not_end() {
    let mut blocks = FileWrapper::new(scripted([Ok(b"a"), Ok(b"bcd")])).with_block_size(3);
    assert_eq!(blocks.next().unwrap().unwrap(), b"a");
    assert_eq!(blocks.next().unwrap().unwrap(), b"bcd");
    assert!(blocks.next().is_none());
}

#[test]
fn an_empty_read_ends_the_blocks_for_good() {
    let mut blocks = FileWrapper::new(scripted([Ok(b"a"), Ok(b""), Ok(b"b")]));
    assert_eq!(blocks.next().unwrap().unwrap(), b"a");
    assert!(blocks.next().is_none());
    assert!(blocks.next().is_none());
    assert_eq!(blocks.read(&mut [0; 8]).unwrap(), 0);
}

#[test]
fn an_error_ends_the_blocks_for_good() {
    let error = || Err(ErrorKind::ConnectionReset.into());
    let mut blocks = FileWrapper::new(scripted([Ok(b"a"), error(), Ok(b"b")]));
    assert_eq!(blocks.next().unwrap().unwrap(), b"a");
    assert_eq!(
        blocks.next().unwrap().unwrap_err().kind(),
        ErrorKind::ConnectionReset
    );
    assert!(blocks.next().is_none());
}

#[test]
fn an_interrupted_read_is_tried_again() {
    let interrupted = || Err(ErrorKind::Interrupted.into());
    let blocks = FileWrapper::new(scripted([interrupted(), Ok(b"a"), interrupted()]));
    assert_eq!(contents(blocks), b"a");
}

#[test]
fn a_read_into_an_empty_buffer_does_not_end_the_blocks() {
    let mut wrapper = FileWrapper::new(&b"a"[..]);
    assert_eq!(wrapper.read(&mut []).unwrap(), 0);
    assert_eq!(contents(wrapper), b"a");
}

#[test]
fn a_block_size_of_zero_counts_as_one() {
    let wrapper = FileWrapper::new(&b"ab"[..]).with_block_size(0);
    assert_eq!(wrapper.block_size(), 1);
    assert_eq!(contents(wrapper), b"ab");
}

#[test]
fn read_block_keeps_the_memory_it_was_given() {
    let mut wrapper = FileWrapper::new(&b"abcde"[..]).with_block_size(2);
    let mut block = Vec::with_capacity(2);
    let memory = block.as_ptr();
    for expected in [&b"ab"[..], b"cd", b"e", b""] {
        assert_eq!(wrapper.read_block(&mut block).unwrap(), expected.len());
        assert_eq!(block, expected);
        assert_eq!(block.as_ptr(), memory);
    }
}

#[test]
fn dropping_the_wrapper_closes_the_reader() {
    struct Closing(Arc<AtomicBool>);
    impl Read for Closing {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Ok(0)
        }
    }
    impl Drop for Closing {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }
    let closed = Arc::new(AtomicBool::new(false));
    let mut wrapper = FileWrapper::new(Closing(Arc::clone(&closed)));
    assert!(wrapper.next().is_none());
    assert!(!closed.load(Ordering::Relaxed));
    drop(wrapper);
    assert!(closed.load(Ordering::Relaxed));
}

#[test]
fn blocks_of_a_file_start_at_its_position() {
    let mut file = readme();
    let length = file.metadata().unwrap().len();
    file.seek(SeekFrom::Start(2)).unwrap();
    let mut wrapper = FileWrapper::from(file).with_block_size(4);
    assert_eq!(wrapper.position().unwrap(), Some(2));
    assert_eq!(wrapper.remaining(), Some(length - 2));
    assert_eq!(wrapper.next().unwrap().unwrap(), b"wsgi");
    assert_eq!(wrapper.position().unwrap(), Some(6));
    assert_eq!(wrapper.remaining(), Some(length - 6));
}

#[test]
fn a_file_past_its_end_has_nothing_left() {
    let mut file = readme();
    file.seek(SeekFrom::Start(1 << 40)).unwrap();
    let wrapper = FileWrapper::from_file(file);
    assert_eq!(wrapper.remaining(), Some(0));
    assert_eq!(contents(wrapper), b"");
}

#[track_caller]
fn check_range(name: &str, offset: u64, length: u64) {
    let whole = contents(FileWrapper::from_file(readme()));
    let start = whole
        .len()
        .min(usize::try_from(offset).unwrap_or(usize::MAX));
    let most = usize::try_from(length).unwrap_or(usize::MAX);
    let expected = &whole[start..whole.len().min(start.saturating_add(most))];

    let wrapper = FileWrapper::from_file(readme())
        .with_block_size(7)
        .with_range(offset, length)
        .unwrap();
    assert_eq!(wrapper.remaining(), Some(expected.len() as u64), "{name}");
    assert_eq!(contents(wrapper), expected, "{name}");
}

#[test]
fn a_range_has_exactly_its_bytes() {
    for (name, offset, length) in [
        ("a prefix", 0, 10),
        ("a whole number of blocks", 3, 14),
        ("nothing", 3, 0),
        ("the rest", 20, 1 << 30),
        ("the largest length", 0, u64::MAX),
        ("past the end", 1 << 30, 10),
    ] {
        check_range(name, offset, length);
    }
}

#[test]
fn a_known_length_is_believed_until_the_file_ends() {
    let whole = contents(FileWrapper::from_file(readme()));
    let mut wrapper = FileWrapper::from_file(readme()).with_known_length(1 << 30);
    assert_eq!(wrapper.remaining(), Some(1 << 30));
    let mut read = Vec::new();
    let error = wrapper.read_to_end(&mut read).unwrap_err();
    assert_eq!((error.kind(), read), (ErrorKind::UnexpectedEof, whole));
    assert_eq!(wrapper.remaining(), Some(0));
    assert!(wrapper.next().is_none(), "the error is the last");

    let wrapper = FileWrapper::from_file(readme()).with_known_length(5);
    assert_eq!(contents(wrapper).len(), 5);
    let wrapper = FileWrapper::new(&b"abc"[..]).with_known_length(2);
    assert_eq!(wrapper.remaining(), None);
    assert_eq!(contents(wrapper), b"ab");
}

#[test]
fn a_fixed_length_tells_a_file_that_becomes_shorter_from_a_whole_one() {
    let path = concat!(env!("CARGO_TARGET_TMPDIR"), "/changing");
    let fixed = |later: &str| {
        std::fs::write(path, "12345678").unwrap();
        let mut wrapper = FileWrapper::from_file(File::open(path).unwrap())
            .with_block_size(3)
            .with_range(1, 100)
            .unwrap();
        assert_eq!(wrapper.fix_length(), Some(7));
        std::fs::write(path, later).unwrap();
        assert_eq!(wrapper.remaining(), Some(7));
        wrapper
    };
    assert_eq!(contents(fixed("12345678")), b"2345678");
    assert_eq!(contents(fixed("1234567890")), b"2345678");
    let mut shorter = fixed("12345");
    assert_eq!(shorter.next().unwrap().unwrap(), b"234");
    assert_eq!(shorter.next().unwrap().unwrap(), b"5");
    let error = shorter.next().unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
    assert!(shorter.next().is_none());
}

#[test]
fn a_reader_has_no_range_position_or_length() {
    let wrapper = FileWrapper::new(&b"abc"[..]);
    assert_eq!(wrapper.position().unwrap(), None);
    assert_eq!(wrapper.remaining(), None);
    assert_eq!(
        wrapper.with_range(0, 1).unwrap_err().kind(),
        ErrorKind::Unsupported
    );
}

#[test]
fn debug_output_shows_the_block_size_and_the_limit() {
    let wrapper = FileWrapper::new(&b"secret"[..]).with_block_size(2);
    assert_eq!(
        format!("{wrapper:?}"),
        "FileWrapper { file: None, block_size: 2, limit: None, .. }"
    );
    let wrapper = FileWrapper::from_file(readme()).with_range(2, 4).unwrap();
    assert!(format!("{wrapper:?}").ends_with("block_size: 8192, limit: Some(4), .. }"));
}

#[test]
fn parts_continue_where_reading_stopped() {
    let mut wrapper = FileWrapper::from_file(readme())
        .with_block_size(3)
        .with_range(0, 10)
        .unwrap();
    wrapper.next().unwrap().unwrap();
    let mut parts = wrapper.into_parts().unwrap();
    assert_eq!(parts.limit, Some(7));
    assert_eq!(parts.file.stream_position().unwrap(), 3);
}

#[cfg(unix)]
#[test]
fn a_pipe_has_no_position_or_length() {
    let (reader, writer) = io::pipe().unwrap();
    drop(writer);
    let wrapper = FileWrapper::from_file(File::from(std::os::fd::OwnedFd::from(reader)));
    assert_eq!(wrapper.position().unwrap(), None);
    assert_eq!(wrapper.remaining(), None);
    assert_eq!(contents(wrapper), b"");
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_whose_bytes_are_made_as_they_are_read_has_no_known_length() {
    let open = || File::open("/proc/self/status").unwrap();
    assert_eq!(open().metadata().unwrap().len(), 0);
    let wrapper = FileWrapper::from_file(open());
    assert_eq!(wrapper.remaining(), None);
    assert_eq!(wrapper.position().unwrap(), Some(0), "no byte is lost");
    assert!(contents(wrapper).starts_with(b"Name:"));
    let range = FileWrapper::from_file(open()).with_range(0, 4).unwrap();
    assert_eq!(range.remaining(), None);
    assert_eq!(contents(range), b"Name");
    let mut read = FileWrapper::from_file(open());
    read.read_to_end(&mut Vec::new()).unwrap();
    assert_eq!(read.remaining(), Some(0));
}

/// The system says that such a file is as long as a page of memory.
#[cfg(target_os = "linux")]
#[test]
fn a_file_that_ends_before_its_length_has_no_known_length() {
    let open = || File::open("/sys/devices/system/cpu/online").unwrap();
    let bytes = std::fs::read("/sys/devices/system/cpu/online").unwrap();
    assert!(open().metadata().unwrap().len() > bytes.len() as u64);
    let wrapper = FileWrapper::from_file(open());
    assert_eq!(wrapper.remaining(), None);
    assert_eq!(wrapper.position().unwrap(), Some(0), "no byte is lost");
    assert_eq!(contents(wrapper), bytes);
    let range = FileWrapper::from_file(open()).with_range(0, 4096).unwrap();
    assert_eq!(range.remaining(), None);
    assert_eq!(contents(range), bytes);
}

#[test]
fn a_file_without_blocks_on_the_disk_has_its_length() {
    let path = concat!(env!("CARGO_TARGET_TMPDIR"), "/sparse");
    File::create(path).unwrap().set_len(4096).unwrap();
    let wrapper = FileWrapper::from_file(File::open(path).unwrap());
    assert_eq!(wrapper.remaining(), Some(4096));
    assert_eq!(contents(wrapper), [0; 4096]);
}

#[test]
fn an_empty_file_has_nothing_left() {
    let path = concat!(env!("CARGO_TARGET_TMPDIR"), "/empty");
    File::create(path).unwrap();
    let mut wrapper = FileWrapper::from_file(File::open(path).unwrap());
    assert_eq!(wrapper.remaining(), Some(0));
    assert!(wrapper.next().is_none());
}
