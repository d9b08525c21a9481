//! The adaptors around a request, as far as the request needs them.

use std::fmt::Display;

use wsgi_cookies::Keyring;
use wsgi_environ::Value;
use wsgi_forms::Limits;

use crate::{extensions::Extensions, url_error::UrlError};

/// The adaptors around a request, from its own outwards.
pub(crate) trait Surroundings {
    fn form_limits(&self) -> &Limits;

    /// The limit for a body in memory.
    fn max_body_bytes(&self) -> u64;

    /// The keyring of the innermost adaptor that has one.
    fn keyring(&self) -> Option<&Keyring>;

    /// The values that hooks and handlers of all adaptors keep for each other.
    fn extensions(&self) -> &Extensions;

    /// The URL of a page of the own adaptor by its name, without the prefix of the adaptor.
    fn url(&self, name: &str, values: &[(&str, &dyn Display)]) -> Result<String, UrlError>;

    /// The path with parameters that a decoded path of the own adaptor matches.
    fn route(&self, path: &str) -> Option<String>;

    /// The adaptors around the own one, and the prefix of the next one.
    fn outer(&self) -> Option<(&dyn Surroundings, Value<'_>)>;
}
