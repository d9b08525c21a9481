//! The value that a browser makes of the attribute `value` of an input.

use crate::{
    cookie_date::{days_in, days_since_1970, is_leap},
    html::Tag,
};

/// The value of an input when the page is shown (HTML Standard, "value sanitization algorithm"),
/// except that of a range, which its scale knows. An input loses a value that its type does not
/// allow, such as a date in another form.
pub(super) fn sanitized(tag: &Tag) -> String {
    let value = tag.attribute("value").unwrap_or_default();
    let line = value.replace(['\r', '\n'], "");
    let if_valid = |is_valid: bool| {
        if is_valid {
            line.clone()
        } else {
            String::new()
        }
    };
    match &*tag.keyword("type") {
        "email" if tag.has("multiple") => {
            let addresses = line.split(',').map(str::trim_ascii);
            addresses.collect::<Vec<_>>().join(",")
        }
        "email" | "url" => line.trim_ascii().to_owned(),
        "number" => if_valid(number(value).is_some()),
        "color" => color(value),
        "date" => if_valid(is_date(value)),
        "month" => if_valid(month(value).is_some()),
        "week" => if_valid(is_week(value)),
        "time" => if_valid(is_time(value)),
        "datetime-local" => local_time(value).unwrap_or_default(),
        _ => line,
    }
}

/// A "valid floating-point number".
pub(super) fn number(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (digits, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((digits, exponent)) => (
            digits,
            exponent.strip_prefix(['+', '-']).unwrap_or(exponent),
        ),
        None => (unsigned, "0"),
    };
    let is_mantissa = match digits.split_once('.') {
        Some(("", fraction)) => are_digits(fraction),
        Some((whole, fraction)) => are_digits(whole) && are_digits(fraction),
        None => are_digits(digits),
    };
    let is_number = is_mantissa && are_digits(exponent);
    let number: f64 = is_number.then(|| text.parse().ok())??;
    number.is_finite().then_some(number)
}

fn color(value: &str) -> String {
    let digits = value.strip_prefix('#').unwrap_or_default();
    let is_color = digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    match is_color {
        true => value.to_ascii_lowercase(),
        false => "#000000".to_owned(),
    }
}

fn are_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A number of two digits.
fn two_digits(text: &str) -> Option<u32> {
    let is_pair = text.len() == 2 && are_digits(text);
    is_pair.then(|| text.parse().ok())?
}

/// A year after 0, of at least four digits.
fn year(text: &str) -> Option<u32> {
    let is_year = text.len() >= 4 && are_digits(text);
    is_year.then(|| text.parse().ok())?.filter(|&year| year > 0)
}

/// The year and the month, from 0, of `2026-11`.
fn month(text: &str) -> Option<(u32, u32)> {
    let (text, month) = text.split_once('-')?;
    let month = two_digits(month).filter(|month| (1..=12).contains(month))?;
    Some((year(text)?, month - 1))
}

/// Whether it is a day, such as `2026-11-29`.
fn is_date(text: &str) -> bool {
    let Some((text, day)) = text.rsplit_once('-') else {
        return false;
    };
    match (month(text), two_digits(day)) {
        (Some((year, month)), Some(day)) => (1..=days_in(month, year)).contains(&day),
        _ => false,
    }
}

/// Whether it is a week, such as `2026-W48`. A year that begins on a Thursday, and a leap year that
/// begins on a Wednesday, have 53.
fn is_week(text: &str) -> bool {
    let Some((text, week)) = text.split_once("-W") else {
        return false;
    };
    let (Some(year), Some(week)) = (year(text), two_digits(week)) else {
        return false;
    };
    // The first day of 1970 was a Thursday.
    let weeks = match days_since_1970(year, 0, 1).rem_euclid(7) {
        0 => 53,
        6 if is_leap(year) => 53,
        _ => 52,
    };
    (1..=weeks).contains(&week)
}

/// Whether it is a time of day: `23:59`, `23:59:59` or `23:59:59.999`.
fn is_time(text: &str) -> bool {
    let mut parts = text.splitn(3, ':');
    let is_below = |limit, part: Option<&str>| {
        let number = two_digits(part.unwrap_or_default());
        number.is_some_and(|number| number < limit)
    };
    let is_time = is_below(24, parts.next()) && is_below(60, parts.next());
    let Some(second) = parts.next() else {
        return is_time;
    };
    let (second, fraction) = second.split_once('.').unwrap_or((second, "0"));
    is_time && is_below(60, Some(second)) && fraction.len() <= 3 && are_digits(fraction)
}

/// A date and a time in the shortest form, `2026-11-29T23:59`.
fn local_time(text: &str) -> Option<String> {
    let (date, time) = text.split_once(['T', ' '])?;
    if !is_date(date) || !is_time(time) {
        return None;
    }
    let time = match time.contains('.') {
        true => time.trim_end_matches('0').trim_end_matches('.'),
        false => time,
    };
    let hour_and_minute = "23:59".len();
    let time = match &time[hour_and_minute..] {
        ":00" => &time[..hour_and_minute],
        _ => time,
    };
    Some(format!("{date}T{time}"))
}

#[cfg(test)]
mod tests {
    use super::sanitized;
    use crate::html::{Token, Tokens};

    #[track_caller]
    fn check(attributes: &str, value: &str) {
        let page = format!("<input {attributes}>");
        match Tokens::new(&page).next() {
            Some(Token::Start(tag)) => assert_eq!(sanitized(&tag), value, "{attributes}"),
            other => panic!("{other:?}"),
        }
    }

    #[track_caller]
    fn check_all(kind: &str, valid: &[&str], others: &[&str]) {
        for value in valid {
            check(&format!("type={kind} value='{value}'"), value);
        }
        for value in others {
            check(&format!("type={kind} value='{value}'"), "");
        }
    }

    #[test]
    fn a_text_is_one_line() {
        check("value=' a\nb\r\nc '", " abc ");
        check("type=email value=' a@b.example\n'", "a@b.example");
        check("type=url value=' http://a '", "http://a");
        check("type=email multiple value=' a@b , c@d '", "a@b,c@d");
        check("type=no value=1", "1");
    }

    #[test]
    fn a_number_is_a_valid_one() {
        let valid = ["0", "-1", "007", "3.5", ".5", "-.5", "1e3", "2E-2", "1e+9"];
        let others = [
            "", "x", "+1", "1.", ".", "1e", "1e1.5", "0x1", " 1", "1,5", "inf", "1e999",
        ];
        check_all("number", &valid, &others);
    }

    #[test]
    fn a_color_always_has_a_value() {
        check("type=color", "#000000");
        check("type=color value=#ABCDEF", "#abcdef");
        check("type=color value=red", "#000000");
        check("type=color value=#abc", "#000000");
    }

    #[test]
    fn dates_and_times_have_one_form() {
        let days = ["2026-11-29", "2024-02-29", "0001-01-01", "12026-12-31"];
        let others = [
            "29.11.2026",
            "2023-02-29",
            "2026-13-01",
            "2026-1-1",
            "26-01-01",
            "0000-01-01",
        ];
        check_all("date", &days, &others);
        check_all(
            "month",
            &["2026-11"],
            &["2026-00", "2026-13", "2026", "2026-11-29"],
        );
        // Of 2020 and 2026, the first day was a Wednesday and a Thursday.
        let weeks = ["2026-W01", "2026-W53", "2020-W53", "2025-W52"];
        check_all(
            "week",
            &weeks,
            &["2026-W00", "2026-W54", "2025-W53", "2026-W1", "2026-01"],
        );
        let times = ["00:00", "23:59", "23:59:59", "23:59:59.9", "23:59:59.999"];
        let others = [
            "24:00",
            "12:60",
            "12:00:60",
            "1:00",
            "12",
            "12:00:00.",
            "12:00:00.1234",
        ];
        check_all("time", &times, &others);
    }

    #[test]
    fn a_local_time_is_made_short() {
        let check = |value: &str, short: &str| {
            check(&format!("type=datetime-local value='{value}'"), short);
        };
        check("2026-11-29T23:59", "2026-11-29T23:59");
        check("2026-11-29 23:59:00", "2026-11-29T23:59");
        check("2026-11-29T23:00:00.000", "2026-11-29T23:00");
        check("2026-11-29T23:59:10.500", "2026-11-29T23:59:10.5");
        check("2026-11-29T23:59:10", "2026-11-29T23:59:10");
        check("2026-11-29T10:00:00.100", "2026-11-29T10:00:00.1");
        check("2026-11-29", "");
        check("2026-11-29T23:59Z", "");
    }
}
