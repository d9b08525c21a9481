//! Decoders that do not come from this crate.

#[cfg(any(feature = "brotli", feature = "gzip"))]
use std::io::Write;

/// The codings that the tests run with.
pub(crate) const CODINGS: &[&str] = &[
    #[cfg(feature = "brotli")]
    "br",
    #[cfg(feature = "gzip")]
    "gzip",
    #[cfg(feature = "zstd")]
    "zstd",
];

/// The bytes of a complete coded body.
#[track_caller]
pub(crate) fn decoded(coding: &str, coded: &[u8]) -> Vec<u8> {
    match coding {
        #[cfg(feature = "brotli")]
        "br" => all_of(brotli::Decompressor::new(coded, 4096)),
        #[cfg(feature = "gzip")]
        "gzip" => all_of(flate2::read::GzDecoder::new(coded)),
        #[cfg(feature = "zstd")]
        "zstd" => {
            let (bytes, is_complete) = unzstd(coded);
            assert!(is_complete, "the frame is complete");
            bytes
        }
        _ => panic!("{coding} is not tested"),
    }
}

#[cfg(any(feature = "brotli", feature = "gzip"))]
#[track_caller]
fn all_of(mut decoder: impl std::io::Read) -> Vec<u8> {
    let mut bytes = Vec::new();
    decoder.read_to_end(&mut bytes).unwrap();
    bytes
}

/// The bytes that can be decoded from the beginning of a coded body.
pub(crate) fn decoded_so_far(coding: &str, coded: &[u8]) -> Vec<u8> {
    match coding {
        #[cfg(feature = "brotli")]
        "br" => {
            let mut decoder = brotli::DecompressorWriter::new(Vec::new(), 4096);
            decoder.write_all(coded).unwrap();
            decoder.flush().unwrap();
            decoder.get_ref().clone()
        }
        #[cfg(feature = "gzip")]
        "gzip" => {
            let mut decoder = flate2::write::GzDecoder::new(Vec::new());
            decoder.write_all(coded).unwrap();
            decoder.flush().unwrap();
            decoder.get_ref().clone()
        }
        #[cfg(feature = "zstd")]
        "zstd" => unzstd(coded).0,
        _ => panic!("{coding} is not tested"),
    }
}

/// The bytes in one frame, and whether it is complete.
#[cfg(feature = "zstd")]
fn unzstd(coded: &[u8]) -> (Vec<u8>, bool) {
    use zstd_safe::{DCtx, InBuffer, OutBuffer};
    let (mut context, mut input) = (DCtx::create(), InBuffer::around(coded));
    let (mut bytes, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        let mut output = OutBuffer::around(&mut buffer[..]);
        let left = context.decompress_stream(&mut output, &mut input).unwrap();
        let written = output.pos();
        bytes.extend_from_slice(&buffer[..written]);
        if left == 0 || (input.pos() == coded.len() && written < buffer.len()) {
            return (bytes, left == 0);
        }
    }
}

/// A coded body.
pub(crate) fn coded(coding: &str, bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    match coding {
        #[cfg(feature = "brotli")]
        "br" => {
            let mut encoder = brotli::CompressorWriter::new(&mut out, 4096, 9, 22);
            encoder.write_all(bytes).unwrap();
            drop(encoder);
        }
        #[cfg(feature = "gzip")]
        "gzip" => {
            let level = flate2::Compression::best();
            let mut encoder = flate2::write::GzEncoder::new(&mut out, level);
            encoder.write_all(bytes).unwrap();
            encoder.finish().unwrap();
        }
        #[cfg(feature = "zstd")]
        "zstd" => {
            out.reserve(zstd_safe::compress_bound(bytes.len()));
            zstd_safe::compress(&mut out, bytes, 19).unwrap();
        }
        _ => panic!("{coding} is not tested"),
    }
    out
}
