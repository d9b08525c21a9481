//! A listing as a page.

use std::fmt::{self, Write};

use super::{
    Column, Listing,
    text::{push_html, quoted},
    timestamp::Timestamp,
};
use crate::entry::Entry;

/// Readable on a phone, in the dark, and without it in a terminal.
const STYLE: &str = "\
:root{color-scheme:light dark;background:Canvas;scrollbar-gutter:stable}\
body{font:16px/1.5 system-ui,sans-serif;margin:1.5rem auto;max-width:60rem;padding:0 1rem}\
h1{font-size:1.25rem;overflow-wrap:anywhere}\
table{border-collapse:collapse;width:100%}\
th,td{padding:.25rem .5rem;text-align:left;border-bottom:1px solid color-mix(in srgb,currentColor 20%,transparent)}\
td:first-child{overflow-wrap:anywhere}\
th+th,td+td{white-space:nowrap;text-align:right;font-variant-numeric:tabular-nums}\
@media(max-width:32rem){th:nth-child(3),td:nth-child(3){display:none}}";

impl Listing {
    /// A page with the table.
    pub(crate) fn html(&self, path: &str, has_parent: bool) -> String {
        let mut out = String::with_capacity(self.entries.len() * 160 + 2048);
        out.push_str(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width\">\n<title>Index of ",
        );
        push_html(&mut out, path);
        out.push_str("</title>\n<style>");
        out.push_str(STYLE);
        out.push_str("</style>\n</head>\n<body>\n<main>\n<h1>Index of <bdi>");
        push_html(&mut out, path);
        out.push_str("</bdi></h1>\n");
        self.table(&mut out, has_parent);
        out.push_str("</main>\n</body>\n</html>\n");
        out
    }

    /// The table of entries. Its links are relative. A sentence follows if entries are left out.
    /// If no entry has a time, as in a folder that is part of a program, that column is left out.
    pub(super) fn table(&self, out: &mut String, has_parent: bool) {
        let has_times = self.entries.iter().any(|entry| entry.modified.is_some());
        out.push_str("<table>\n<thead><tr>");
        for column in Column::ALL {
            if has_times || column != Column::Modified {
                self.heading(out, column);
            }
        }
        out.push_str("</tr></thead>\n<tbody>\n");
        if has_parent {
            out.push_str("<tr><td><a href=\"../\">../</a></td><td></td>");
            out.push_str(if has_times {
                "<td></td></tr>\n"
            } else {
                "</tr>\n"
            });
        }
        for entry in &self.entries {
            row(out, entry, has_times);
        }
        out.push_str("</tbody>\n</table>\n");
        if self.is_cut {
            out.push_str("<p>There are more entries.</p>\n");
        }
    }

    /// The head of a column, a link to the order by it, or to the opposite of the present one.
    fn heading(&self, out: &mut String, column: Column) {
        let is_present = self.order.column == column;
        let (order, sorted) = match (is_present, self.order.is_descending) {
            (true, false) => ("&amp;order=desc", " aria-sort=\"ascending\""),
            (true, true) => ("", " aria-sort=\"descending\""),
            (false, _) => ("", ""),
        };
        let (name, label) = (column.name(), label(column));
        let _ = write!(
            out,
            "<th{sorted}><a href=\"?sort={name}{order}\">{label}</a></th>"
        );
    }
}

fn label(column: Column) -> &'static str {
    match column {
        Column::Name => "Name",
        Column::Size => "Size",
        Column::Modified => "Modified (UTC)",
    }
}

fn row(out: &mut String, entry: &Entry, has_times: bool) {
    let slash = if entry.is_folder() { "/" } else { "" };
    let _ = write!(
        out,
        "<tr><td><a href=\"{}{slash}\"><bdi>",
        quoted(entry.name.as_encoded_bytes())
    );
    push_html(out, &entry.name.to_string_lossy());
    let _ = write!(out, "{slash}</bdi></a></td><td>");
    if let Some(length) = entry.length {
        let _ = write!(out, "{}", Size(length));
    }
    if has_times {
        out.push_str("</td><td>");
    }
    if let Some(modified) = entry.modified {
        let _ = write!(out, "{:#}", Timestamp(modified));
    }
    out.push_str("</td></tr>\n");
}

/// A length for people: `999 B`, `1.0 kB`, `12 MB`.
struct Size(u64);

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [&str; 7] = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];
        let (mut unit, mut scale) = (0, 1_u64);
        while self.0 / scale >= 1000 {
            (unit, scale) = (unit + 1, scale * 1000);
        }
        let (whole, tenth) = (self.0 / scale, self.0 / (scale / 10).max(1) % 10);
        match unit > 0 && whole < 10 {
            true => write!(f, "{whole}.{tenth} {}", UNITS[unit]),
            false => write!(f, "{whole} {}", UNITS[unit]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Size;

    #[test]
    fn a_size_has_two_or_three_digits() {
        for (length, text) in [
            (0, "0 B"),
            (999, "999 B"),
            (1_000, "1.0 kB"),
            (1_999, "1.9 kB"),
            (9_999, "9.9 kB"),
            (10_000, "10 kB"),
            (999_999, "999 kB"),
            (1_000_000, "1.0 MB"),
            (u64::MAX, "18 EB"),
        ] {
            assert_eq!(Size(length).to_string(), text);
        }
    }
}
