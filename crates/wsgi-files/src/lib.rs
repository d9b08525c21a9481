// The README is always shown, but its examples are tested only with the features they need.
#![cfg_attr(
    any(not(doctest), all(feature = "application", feature = "embed")),
    doc = include_str!("../README.md")
)]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod answer;
mod boundary;
mod conditions;
mod content_range;
mod entity_tag;
mod http_date;
mod multipart;
mod range_set;
mod representation;
mod tag_list;
mod validators;

#[cfg(feature = "application")]
mod cache_rules;
#[cfg(feature = "application")]
mod coding;
#[cfg(feature = "application")]
mod conditional;
#[cfg(feature = "application")]
mod delivery;
#[cfg(feature = "embed")]
mod embed;
#[cfg(feature = "application")]
mod embedded;
#[cfg(feature = "application")]
mod entries;
#[cfg(feature = "application")]
mod entry;
#[cfg(feature = "application")]
mod field_rules;
#[cfg(feature = "application")]
mod file_fields;
#[cfg(feature = "application")]
mod file_path;
#[cfg(feature = "application")]
mod files;
#[cfg(all(unix, feature = "application"))]
mod folder;
#[cfg(feature = "application")]
mod hidden_paths;
#[cfg(feature = "application")]
mod late_conditions;
#[cfg(feature = "application")]
mod listing;
#[cfg(feature = "application")]
mod media_types;
#[cfg(feature = "application")]
mod pattern;
#[cfg(feature = "application")]
mod refusal;
#[cfg(feature = "application")]
mod source;
#[cfg(feature = "application")]
mod source_file;
#[cfg(all(unix, feature = "application"))]
mod symlinks;

pub use answer::Answer;
pub use boundary::{Boundary, InvalidBoundary};
pub use conditions::{Conditions, Verdict};
pub use content_range::ContentRange;
pub use entity_tag::{EntityTag, InvalidEntityTag};
pub use multipart::{Multipart, Part};
pub use range_set::{RangeSet, Selection};
pub use representation::Representation;
pub use validators::Validators;

#[cfg(feature = "application")]
pub use coding::Coding;
#[cfg(feature = "application")]
pub use conditional::{Conditional, select_part};
#[cfg(feature = "embed")]
pub use embed::embed;
#[cfg(feature = "application")]
pub use embedded::{Embedded, EmbeddedFile};
#[cfg(feature = "application")]
pub use entries::Entries;
#[cfg(feature = "application")]
pub use entry::Entry;
#[cfg(feature = "application")]
pub use file_path::FilePath;
#[cfg(feature = "application")]
pub use files::Files;
#[cfg(all(unix, feature = "application"))]
pub use folder::Folder;
#[cfg(feature = "application")]
pub use listing::listing_page::ListingPage;
#[cfg(feature = "application")]
pub use media_types::media_type;
#[cfg(feature = "application")]
pub use source::{Found, Source, SourceError};
#[cfg(feature = "application")]
pub use source_file::SourceFile;
#[cfg(all(unix, feature = "application"))]
pub use symlinks::Symlinks;
