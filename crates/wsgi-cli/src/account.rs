//! Users and groups, as options name them.

use std::fs;

/// The number of a user, given by number or by a name in `/etc/passwd`.
pub(crate) fn user(value: &str) -> Result<u32, &'static str> {
    find(value, "/etc/passwd").ok_or("the name or the number of a user")
}

/// The number of a group, given by number or by a name in `/etc/group`.
pub(crate) fn group(value: &str) -> Result<u32, &'static str> {
    find(value, "/etc/group").ok_or("the name or the number of a group")
}

fn find(value: &str, file: &str) -> Option<u32> {
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // For chown(2) the highest number means "do not change".
        return value.parse().ok().filter(|&id| id != u32::MAX);
    }
    in_table(value, &fs::read_to_string(file).ok()?)
}

/// Finds a name in a table. In both tables a line has a name first and a number third (passwd(5),
/// group(5)).
fn in_table(name: &str, table: &str) -> Option<u32> {
    let fields = |line: &str| {
        let mut fields = line.split(':');
        let is_meant = fields.next() == Some(name) && !name.is_empty();
        fields.nth(1).filter(|_| is_meant)?.parse().ok()
    };
    table.lines().find_map(fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_a_number_or_a_name_in_the_table() {
        assert_eq!(user("33"), Ok(33));
        assert_eq!(user("root"), Ok(0));
        for none in [
            "",
            "-1",
            "4294967295",
            "99999999999",
            "no such user",
            "ro",
            ":",
        ] {
            assert!(user(none).is_err(), "{none:?}");
            assert!(group(none).is_err(), "{none:?}");
        }
        let table = "root:x:0:\nwww-data:x:33:ada,bob\nbroken:x\n";
        assert_eq!(in_table("www-data", table), Some(33));
        assert_eq!(in_table("broken", table), None);
        assert_eq!(in_table("x", table), None);
    }
}
