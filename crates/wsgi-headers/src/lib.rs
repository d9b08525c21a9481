// The README is always shown, but its examples are tested only with the features they need.
#![cfg_attr(
    any(not(doctest), all(feature = "mime", feature = "httpdate")),
    doc = include_str!("../README.md")
)]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod accept;
mod accept_encoding;
mod accept_language;
mod cache_control;
mod clear_site_data;
mod extended_value;
mod field;
mod field_name;
mod headers;
mod http_date;
mod into_fields;
mod invalid_header;
mod iter;
mod lines;
mod list;
mod name_set;
mod octets;
mod parameter;
mod parameterized_value;
mod redacted;
mod secret;
mod url_secrets;
mod value;
mod value_buf;
mod weight;
mod wire;

#[cfg(feature = "httpdate")]
mod date;
#[cfg(feature = "http")]
mod header_map;
#[cfg(feature = "mime")]
mod media_type;

pub use accept::Accept;
pub use accept_encoding::AcceptEncoding;
pub use accept_language::AcceptLanguage;
pub use cache_control::CacheControl;
pub use clear_site_data::ClearSiteData;
pub use extended_value::decode_extended_value;
pub use headers::Headers;
pub use http_date::parse_http_date;
pub use into_fields::IntoFields;
pub use invalid_header::InvalidHeader;
pub use iter::Iter;
pub use list::list_members;
pub use name_set::NameSet;
pub use octets::{is_field_value, is_token};
pub use parameterized_value::{ParameterizedValue, Parameters};
pub use redacted::Redacted;
pub use secret::is_secret;
pub use value::Value;
pub use value_buf::ValueBuf;
