//! Sets of bytes, as tables that are looked up by a byte.

/// The letters and digits of ASCII, and these other bytes.
pub(crate) const fn alphanumeric_and(marks: &[u8]) -> [bool; 256] {
    let mut set = [false; 256];
    let mut byte = 0;
    while byte < set.len() {
        set[byte] = (byte as u8).is_ascii_alphanumeric();
        byte += 1;
    }
    let mut index = 0;
    while index < marks.len() {
        set[marks[index] as usize] = true;
        index += 1;
    }
    set
}
