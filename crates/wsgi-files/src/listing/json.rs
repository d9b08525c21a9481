//! A listing as JSON.

use std::fmt::Write;

use super::{
    Listing,
    text::{push_json, quoted},
    timestamp::Timestamp,
};
use crate::entry::Entry;

impl Listing {
    /// An array of objects, one for each entry.
    pub(super) fn json(&self) -> String {
        let mut out = String::with_capacity(self.entries.len() * 128 + 16);
        out.push('[');
        for (index, entry) in self.entries.iter().enumerate() {
            out.push_str(if index == 0 { "\n" } else { ",\n" });
            object(&mut out, entry);
        }
        out.push_str("\n]\n");
        out
    }
}

fn object(out: &mut String, entry: &Entry) {
    out.push_str("{\"name\":");
    push_json(out, &entry.name.to_string_lossy());
    let (kind, slash) = match entry.is_folder() {
        true => ("folder", "/"),
        false => ("file", ""),
    };
    // Writing to a string does not fail.
    let url = quoted(entry.name.as_encoded_bytes());
    let _ = write!(out, ",\"url\":\"{url}{slash}\",\"type\":\"{kind}\"");
    if let Some(length) = entry.length {
        let _ = write!(out, ",\"size\":{length}");
    }
    if let Some(modified) = entry.modified {
        let _ = write!(out, ",\"modified\":\"{}\"", Timestamp(modified));
    }
    out.push('}');
}
