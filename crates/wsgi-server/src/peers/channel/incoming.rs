//! Bytes that came from the socket, on their way through the TLS channel.

/// The length of a record's header (RFC 8446 section 5.1).
const HEADER: usize = 5;

/// The largest content of a record, encrypted (RFC 8446 section 5.2, RFC 5246 section 6.2.3).
const MAX_CONTENT: usize = (1 << 14) + 2048;

/// The largest record.
pub(super) const MAX_RECORD: usize = HEADER + MAX_CONTENT;

/// The end of the last whole record in `bytes`, which begin with a record. A header with an
/// impossible length counts as a whole record: it is an error already.
pub(super) fn whole_records(bytes: &[u8]) -> usize {
    let mut end = 0;
    while let Some([_, _, _, high, low]) = bytes.get(end..end + HEADER) {
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        if length > MAX_CONTENT {
            return bytes.len();
        }
        let next = end + HEADER + length;
        if next > bytes.len() {
            break;
        }
        end = next;
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_whole_at_their_last_byte() {
        let record = [&[22, 3, 1, 0, 3][..], b"abc"].concat();
        let two = [&record[..], &record].concat();
        for length in 0..two.len() {
            let whole = length / record.len() * record.len();
            assert_eq!(whole_records(&two[..length]), whole, "{length}");
        }
        assert_eq!(whole_records(&two), two.len());
    }

    #[test]
    fn an_impossible_length_is_not_waited_for() {
        let [high, low] = (MAX_CONTENT as u16).to_be_bytes();
        assert_eq!(whole_records(&[22, 3, 1, high, low, 0]), 0);
        assert_eq!(whole_records(&[22, 3, 1, high, low + 1, 0]), 6);
    }
}
