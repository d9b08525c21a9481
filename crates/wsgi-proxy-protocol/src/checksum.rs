//! The checksum of a header of version 2: CRC32c (section 2.2.3, RFC 9260 appendix A).

use crate::{
    rejection::Rejection,
    tlv::{TlvType, Tlvs},
};

/// The length of the value of [`TlvType::CRC32C`].
pub(crate) const CHECKSUM_BYTES: usize = 4;

/// The polynomial, with its bits reversed.
const POLYNOMIAL: u32 = 0x82f6_3b78;

/// The remainder of each byte.
const TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < table.len() {
        let (mut remainder, mut bit) = (byte as u32, 0);
        while bit < 8 {
            let carry = if remainder & 1 == 1 { POLYNOMIAL } else { 0 };
            remainder = (remainder >> 1) ^ carry;
            bit += 1;
        }
        table[byte] = remainder;
        byte += 1;
    }
    table
};

/// The checksum of all bytes of the parts.
pub(crate) fn crc32c(parts: &[&[u8]]) -> u32 {
    let bytes = parts.iter().copied().flatten();
    !bytes.fold(!0, |checksum, byte| {
        let index = (checksum as u8) ^ byte;
        (checksum >> 8) ^ TABLE[usize::from(index)]
    })
}

/// Checks the checksum of a header, if it has one. The TLVs are at the end of the header.
pub(crate) fn verify(header: &[u8], mut tlvs: Tlvs<'_>) -> Result<(), Rejection> {
    let Some(checksum) = tlvs.find(|tlv| tlv.kind == TlvType::CRC32C) else {
        return Ok(());
    };
    let (before, after) = header.split_at(header.len() - tlvs.bytes_left());
    let (before, _) = before.split_at(before.len() - CHECKSUM_BYTES);
    // The checksum is computed with zeros in its place.
    let expected = crc32c(&[before, &[0; CHECKSUM_BYTES], after]);
    let is_only = tlvs.all(|tlv| tlv.kind != TlvType::CRC32C);
    if !is_only || checksum.value != expected.to_be_bytes() {
        return Err(Rejection::Checksum);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc3720_b4_vectors() {
        let ascending: Vec<u8> = (0..32).collect();
        let descending: Vec<u8> = (0..32).rev().collect();
        assert_eq!(crc32c(&[&[0; 32]]), 0x8a91_36aa);
        assert_eq!(crc32c(&[&[0xff; 32]]), 0x62a8_ab43);
        assert_eq!(crc32c(&[&ascending]), 0x46dd_794e);
        assert_eq!(crc32c(&[&descending]), 0x113f_db5c);
        assert_eq!(crc32c(&[&ascending[..7], &ascending[7..]]), 0x46dd_794e);
    }
}
