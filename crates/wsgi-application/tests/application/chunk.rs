//! Chunks: what they cost, who shares their bytes, and owners that fail.

use std::{
    borrow::Cow,
    collections::HashSet,
    io::ErrorKind,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use wsgi_application::{Body, Chunk, Content, IntoChunk, Result};

const TEXT: &str = "Hello world!\n";

/// Chunks of every kind with the same bytes, and whether their clones share these.
fn kinds() -> [(&'static str, Chunk, bool); 14] {
    [
        ("static text", TEXT.into(), true),
        ("static bytes", TEXT.as_bytes().into(), true),
        ("a static array", b"Hello world!\n".into(), true),
        ("a string", TEXT.to_owned().into(), false),
        ("a vector", TEXT.as_bytes().to_vec().into(), false),
        ("boxed text", Box::<str>::from(TEXT).into(), false),
        ("a box", Box::<[u8]>::from(TEXT.as_bytes()).into(), false),
        ("borrowed", Cow::Borrowed(TEXT).into(), true),
        (
            "a copy on write",
            Cow::<str>::Owned(TEXT.into()).into(),
            false,
        ),
        ("shared text", Arc::<str>::from(TEXT).into(), true),
        (
            "shared bytes",
            Arc::<[u8]>::from(TEXT.as_bytes()).into(),
            true,
        ),
        ("a shared string", Arc::new(TEXT.to_owned()).into(), true),
        (
            "a shared vector",
            Arc::new(TEXT.as_bytes().to_vec()).into(),
            true,
        ),
        (
            "an owner",
            Chunk::from_owner([*b"Hello world!\n"; 1].concat()),
            true,
        ),
    ]
}

#[test]
fn every_kind_has_the_bytes_it_was_made_of() {
    for (name, chunk, shares) in kinds() {
        assert_eq!(chunk, TEXT, "{name}");
        assert_eq!((chunk.len(), chunk.is_empty()), (13, false), "{name}");
        assert_eq!(chunk.bytes().unwrap(), TEXT.as_bytes(), "{name}");
        assert_eq!(format!("{chunk:?}"), r#"b"Hello world!\n""#, "{name}");
        let clone = chunk.clone();
        assert_eq!(clone, chunk, "{name}");
        assert_eq!(clone.as_ptr() == chunk.as_ptr(), shares, "{name}");
        assert_eq!(chunk.into_vec(), TEXT.as_bytes(), "{name}");
    }
    let chunks: HashSet<Chunk> = kinds().map(|(_, chunk, _)| chunk).into();
    assert!(chunks.len() == 1 && chunks.contains(TEXT.as_bytes()));
}

#[test]
fn a_chunk_takes_no_more_room_than_a_vector() {
    assert_eq!(size_of::<Chunk>(), size_of::<Vec<u8>>());
    assert_eq!(size_of::<Body>(), size_of::<Vec<u8>>());
}

#[test]
fn bytes_move_into_a_chunk_and_out_again_without_a_copy() {
    let bytes = TEXT.as_bytes().to_vec();
    let address = bytes.as_ptr();
    let chunk = Chunk::from(bytes);
    assert_eq!(chunk.as_ptr(), address);
    let bytes = chunk.into_vec();
    assert_eq!(bytes.as_ptr(), address);
    let shared = Chunk::from(bytes).into_shared();
    assert_eq!(shared.as_ptr(), address);
    assert_eq!(shared.clone().as_ptr(), address);
    assert_eq!(shared.clone().into_shared().as_ptr(), address);
    let copy = shared.clone().into_vec();
    assert_ne!(
        copy.as_ptr(),
        address,
        "another clone may still need the bytes"
    );
}

#[test]
fn a_body_and_an_item_of_an_iterator_keep_the_kind() {
    for (name, chunk, shares) in kinds() {
        let address = chunk.as_ptr();
        let Content::Bytes(bytes) = Body::from(chunk).into_content() else {
            panic!("{name}");
        };
        assert_eq!(bytes.as_ptr(), address, "{name}");
        let item = bytes.into_chunk().unwrap();
        assert_eq!(item.as_ptr(), address, "{name}");
        assert_eq!(item.clone().as_ptr() == address, shares, "{name}");
    }
    let shared: Arc<[u8]> = Arc::from(*b"a");
    let text: Arc<str> = "b".into();
    let chunks = Body::chunks([shared.clone(), shared]).into_content();
    let texts = Body::chunks([text]).into_content();
    let (Content::Chunks(chunks), Content::Chunks(texts)) = (chunks, texts) else {
        panic!("these are chunks");
    };
    let all: Vec<Chunk> = chunks.chain(texts).collect::<Result<_>>().unwrap();
    assert_eq!(all, [Chunk::from("a"), "a".into(), "b".into()]);
}

#[test]
fn every_part_of_every_kind_is_a_slice_of_it() {
    for (name, chunk, shares) in kinds() {
        for start in 0..=chunk.len() {
            for end in start..=chunk.len() {
                let part = chunk.clone().slice(start..end);
                assert_eq!(part, &TEXT[start..end], "{name}, {start}..{end}");
                assert_eq!(part.len(), end - start);
                if shares && start < end {
                    let expected = chunk[start..].as_ptr();
                    assert_eq!(part.as_ptr(), expected, "{name}, {start}..{end}");
                }
                let (skipped, length) = (part.len() / 3, part.len() / 2);
                let expected = &TEXT[start + skipped..start + skipped.max(length)];
                assert_eq!(part.slice(skipped..skipped.max(length)), expected, "{name}");
            }
        }
    }
}

#[test]
#[expect(clippy::reversed_empty_ranges, reason = "that is the error")]
fn a_range_outside_of_a_chunk_panics_as_for_a_slice() {
    for (name, chunk, _) in kinds() {
        for range in [0..14, 14..14, 2..1, 13..usize::MAX, usize::MAX..0] {
            let slice = || chunk.clone().slice(range.clone());
            assert!(
                catch_unwind(AssertUnwindSafe(slice)).is_err(),
                "{name}, {range:?}"
            );
        }
    }
    let part = Chunk::from_owner(TEXT).slice(2..5);
    assert!(
        catch_unwind(AssertUnwindSafe(|| part.slice(0..4))).is_err(),
        "of the whole"
    );
}

/// An owner that counts its drops and fails when it is told to.
#[derive(Clone, Default)]
struct Fickle {
    drops: Arc<AtomicUsize>,
    shrinks: Arc<AtomicBool>,
    panics: Arc<AtomicBool>,
}

impl AsRef<[u8]> for Fickle {
    fn as_ref(&self) -> &[u8] {
        assert!(!self.panics.load(Ordering::SeqCst), "the owner panics");
        match self.shrinks.load(Ordering::SeqCst) {
            true => b"Hello",
            false => TEXT.as_bytes(),
        }
    }
}

struct Counted(Fickle);

impl AsRef<[u8]> for Counted {
    fn as_ref(&self) -> &[u8] {
        self.0.as_ref()
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.drops.fetch_add(1, Ordering::SeqCst);
        assert!(!self.0.panics.load(Ordering::SeqCst), "the drop panics");
    }
}

#[test]
fn an_owner_is_dropped_with_the_last_clone_or_part() {
    let fickle = Fickle::default();
    let chunk = Chunk::from_owner(Counted(fickle.clone()));
    let (clone, part) = (chunk.clone(), chunk.clone().slice(1..3));
    let part_of_part = part.clone().slice(0..1);
    drop((chunk, clone, part));
    assert_eq!(fickle.drops.load(Ordering::SeqCst), 0);
    assert_eq!(part_of_part, "e");
    drop(part_of_part);
    assert_eq!(fickle.drops.load(Ordering::SeqCst), 1);
}

#[track_caller]
fn check_failed(fickle: &Fickle, chunk: &Chunk) {
    let part = chunk.clone().slice(1..3);
    assert_eq!(chunk, &b""[..]);
    assert_eq!(part, "");
    assert_eq!((chunk.len(), part.len()), (13, 2), "lengths never change");
    assert!(!chunk.is_empty());
    for chunk in [chunk, &part] {
        assert_eq!(chunk.bytes().unwrap_err().kind(), ErrorKind::UnexpectedEof);
    }
    fickle.panics.store(false, Ordering::SeqCst);
    fickle.shrinks.store(false, Ordering::SeqCst);
    assert_eq!(chunk, TEXT);
    assert_eq!(part, "el");
}

#[test]
fn an_owner_that_fails_has_no_bytes_and_panics_nowhere() {
    let fickle = Fickle::default();
    let chunk = Chunk::from_owner(Counted(fickle.clone()));
    fickle.shrinks.store(true, Ordering::SeqCst);
    check_failed(&fickle, &chunk);
    fickle.panics.store(true, Ordering::SeqCst);
    check_failed(&fickle, &chunk);
    fickle.panics.store(true, Ordering::SeqCst);
    drop(chunk);
    assert_eq!(fickle.drops.load(Ordering::SeqCst), 1);
    let made = || Chunk::from_owner(fickle.clone());
    assert!(
        catch_unwind(AssertUnwindSafe(made)).is_err(),
        "the caller learns it"
    );
}

#[test]
fn an_owner_that_grows_keeps_its_length() {
    let fickle = Fickle::default();
    fickle.shrinks.store(true, Ordering::SeqCst);
    let chunk = Chunk::from_owner(fickle.clone());
    fickle.shrinks.store(false, Ordering::SeqCst);
    assert_eq!(chunk, "Hello");
}

#[test]
fn the_default_is_empty() {
    assert!(Chunk::default().is_empty());
    assert_eq!(Chunk::default().into_shared().slice(0..0), "");
    assert!(!Chunk::from(" ").is_empty());
}
