//! The utilities of `wsgiref.util`, for any set of CGI variables.

mod hop_by_hop;
mod host;
mod iri_to_uri;
mod method;
mod path;
mod path_mistake;
mod testing;
mod uri;
mod variables;

pub use self::hop_by_hop::{HOP_BY_HOP, is_hop_by_hop};
pub use self::host::is_host;
pub use self::iri_to_uri::iri_to_uri;
pub use self::method::{MethodMistake, is_standard_method};
pub use self::path::shift_path_info;
pub use self::path_mistake::PathMistake;
pub use self::testing::setup_testing_defaults;
pub(crate) use self::uri::quote_path;
pub use self::uri::{MissingVariable, application_uri, guess_scheme, request_uri};
pub use self::variables::Variables;
