//! Numbers as decimal digits, without the machinery of formatting.

/// The length of the largest number.
pub(crate) const MAX_DIGITS: usize = 20;

/// Writes a number at the end of zeros, and returns the position of its first digit.
#[inline]
pub(crate) fn write_number(zeros: &mut [u8; MAX_DIGITS], mut number: u64) -> usize {
    let mut start = MAX_DIGITS;
    while number >= 10 {
        start -= 2;
        let pair = number % 100;
        zeros[start] = b'0' + (pair / 10) as u8;
        zeros[start + 1] = b'0' + (pair % 10) as u8;
        number /= 100;
    }
    if number > 0 {
        start -= 1;
        zeros[start] = b'0' + (number % 10) as u8;
    }
    start
}

/// Writes a number. A short one, such as that of a status, is written without a loop.
#[inline]
pub(crate) fn push_number(line: &mut Vec<u8>, number: u64) {
    match number {
        0..10 => line.push(b'0' + number as u8),
        10..100 => {
            line.extend_from_slice(&[number / 10, number % 10].map(|digit| b'0' + digit as u8));
        }
        100..1_000 => line.extend_from_slice(&three_digits(number)),
        _ => push_padded(line, number, 1),
    }
}

/// The digits of a number below 1,000.
#[inline]
fn three_digits(number: u64) -> [u8; 3] {
    [number / 100, number / 10 % 10, number % 10].map(|digit| b'0' + digit as u8)
}

/// Writes a number with at least `width` digits.
pub(crate) fn push_padded(line: &mut Vec<u8>, number: u64, width: usize) {
    let mut digits = [b'0'; MAX_DIGITS];
    let start = write_number(&mut digits, number);
    line.extend_from_slice(&digits[start.min(MAX_DIGITS - width)..]);
}

#[cfg(test)]
mod tests {
    use super::{push_number, push_padded};

    #[test]
    fn every_short_number_is_written_as_it_is() {
        for number in 0..=2_000 {
            let mut line = Vec::new();
            push_number(&mut line, number);
            assert_eq!(line, number.to_string().into_bytes());
        }
    }

    #[test]
    fn numbers_have_all_their_digits_and_at_least_the_width() {
        for (number, width, expected) in [
            (0, 1, "0"),
            (7, 1, "7"),
            (10, 1, "10"),
            (7, 2, "07"),
            (123, 2, "123"),
            (42, 6, "000042"),
            (u64::MAX, 1, "18446744073709551615"),
        ] {
            let mut line = Vec::new();
            push_padded(&mut line, number, width);
            assert_eq!(String::from_utf8(line).unwrap(), expected);
        }
    }
}
