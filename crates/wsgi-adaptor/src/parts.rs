//! The parts of an adaptor, and those of the adaptors that are mounted in it.

use std::{fmt::Display, sync::Arc};

use percent_encoding::utf8_percent_encode;
use wsgi_application::Status;
use wsgi_cookies::Keyring;
use wsgi_environ::PathMistake;
use wsgi_forms::Limits;
use wsgi_middleware::CrossOriginPolicy;

use crate::{
    error_answers::ErrorAnswers,
    handler::{Handler, handler},
    hooks::{AfterHooks, Before},
    names::Names,
    pages::Pages,
    pattern::NOT_IN_PATHS,
    response::Response,
    routes::Routes,
    url_error::UrlError,
};

/// The parts of an adaptor, which its requests share with their error pages after a call. Those of
/// adaptors that are mounted in it are among them.
pub(crate) struct Parts {
    pub(crate) routes: Routes,
    pub(crate) fallback: Handler,
    pub(crate) redirects_slashes: bool,
    /// `None` if requests by pages of any origin are answered.
    pub(crate) cross_origin: Option<CrossOriginPolicy>,
    /// Whether the application has set this policy. Otherwise one around it suffices.
    pub(crate) has_own_cross_origin: bool,
    /// In the order they were added.
    pub(crate) before: Vec<Before>,
    pub(crate) form_limits: Limits,
    pub(crate) max_body_bytes: u64,
    pub(crate) keyring: Option<Keyring>,
    pub(crate) debug: bool,
    pub(crate) names: Names,
    pub(crate) pages: Pages,
    pub(crate) error_answers: ErrorAnswers,
    pub(crate) after: AfterHooks,
    pub(crate) mounts: Mounts,
}

/// The mounted adaptors, longest prefixes first.
#[derive(Default)]
pub(crate) struct Mounts(Vec<Mount>);

/// A mounted adaptor in its place.
pub(crate) struct Mount {
    /// The decoded path, without a slash at its end.
    pub(crate) prefix: String,
    name: Option<String>,
    pub(crate) parts: Arc<Parts>,
}

impl Parts {
    /// The URL of a page by its name, without the prefix of this adaptor. `is_here` tells whether a
    /// request for a decoded path, without that prefix, reaches this adaptor.
    pub(crate) fn url(
        &self,
        name: &str,
        values: &[(&str, &dyn Display)],
        is_here: &dyn Fn(&str) -> bool,
    ) -> Result<String, UrlError> {
        let is_at = |route: &str, path: &str| {
            let is_own = match self.mounts.at(path.as_bytes()) {
                Some(mount) => mount.prefix == route, // the name of a mount
                None => self.routes.pattern_at(path) == Some(route),
            };
            is_own && is_here(path)
        };
        let url = self.names.url(name, values, is_at);
        match (&url, self.mounts.url(name, values, is_here)) {
            (Err(UrlError::UnknownName { .. }), Some(mounted)) => mounted,
            _ => url,
        }
    }

    /// The path of the route at a decoded path, here or in a mounted adaptor.
    pub(crate) fn route(&self, path: &str) -> Option<String> {
        let Some(mount) = self.mounts.at(path.as_bytes()) else {
            return self.routes.pattern_at(path).map(str::to_owned);
        };
        let route = mount.parts.route(&path[mount.prefix.len()..])?;
        Some(format!("{}{route}", mount.prefix))
    }

    /// Whether there is a handler for this method, here or in a mounted adaptor.
    pub(crate) fn has_method(&self, method: &[u8]) -> bool {
        let mut mounted = self.mounts.iter();
        self.routes.has_method(method) || mounted.any(|mount| mount.parts.has_method(method))
    }

    /// Whether the page of a failure with a status may look different from the gateway's own.
    pub(crate) fn has_page_of(&self, code: u16) -> bool {
        let mut mounted = self.mounts.iter();
        self.pages.get(code).is_some()
            || !self.after.is_empty()
            || mounted.any(|mount| mount.parts.has_page_of(code))
    }
}

/// The default for the largest body in memory, 1 MiB.
const MAX_BODY_BYTES: u64 = 1 << 20;

impl Default for Parts {
    fn default() -> Self {
        Self {
            routes: Routes::default(),
            fallback: handler(|_| Response::of_status(Status::NOT_FOUND)),
            redirects_slashes: false,
            cross_origin: Some(CrossOriginPolicy::new()),
            has_own_cross_origin: false,
            before: Vec::new(),
            form_limits: Limits::new(),
            max_body_bytes: MAX_BODY_BYTES,
            keyring: None,
            debug: false,
            names: Names::default(),
            pages: Pages::default(),
            error_answers: ErrorAnswers::default(),
            after: AfterHooks::default(),
            mounts: Mounts::default(),
        }
    }
}

const NO_PARAMETERS: &str = "only the paths in the mounted adaptor have parameters";

impl Mounts {
    /// Mounts the parts of another adaptor.
    #[track_caller]
    pub(crate) fn add(&mut self, prefix: &str, parts: Arc<Parts>) {
        let is_prefix = prefix.starts_with('/') && !prefix.ends_with('/');
        assert!(
            is_prefix,
            "{prefix:?} is not a prefix: it must begin with a slash and not end with one"
        );
        assert!(
            !prefix.contains(['{', '}']),
            "{prefix:?} is not a prefix: {NO_PARAMETERS}"
        );
        match PathMistake::of(prefix) {
            None => {}
            Some(PathMistake::Parameter { .. }) => {
                panic!("{prefix:?} is not a prefix: {NO_PARAMETERS}")
            }
            Some(mistake) => panic!("{prefix:?} is not a prefix: {mistake}"),
        }
        assert!(
            self.of(prefix).is_none(),
            "another adaptor is mounted at {prefix:?}"
        );
        let is_longer = |mount: &Mount| mount.prefix.len() >= prefix.len();
        let index = self.0.partition_point(is_longer);
        let mount = Mount {
            prefix: prefix.to_owned(),
            name: None,
            parts,
        };
        self.0.insert(index, mount);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Names the mount at a prefix, if there is one.
    pub(crate) fn name(&mut self, name: &str, prefix: &str) {
        if let Some(mount) = self.0.iter_mut().find(|mount| mount.prefix == prefix) {
            mount.name = Some(name.to_owned());
        }
    }

    /// The mount with this prefix.
    pub(crate) fn of(&self, prefix: &str) -> Option<&Mount> {
        self.0.iter().find(|mount| mount.prefix == prefix)
    }

    /// The mount for a path.
    pub(crate) fn at(&self, path: &[u8]) -> Option<&Mount> {
        self.0.iter().find(|mount| {
            let rest = path.strip_prefix(mount.prefix.as_bytes());
            rest.is_some_and(|rest| matches!(rest.first(), None | Some(b'/')))
        })
    }

    /// Whether a path below a mount, without its prefix, leads to that mount and not to another
    /// one with a longer prefix.
    pub(crate) fn lead_to(&self, mount: &Mount, path: &str) -> bool {
        let whole = format!("{}{path}", mount.prefix);
        let found = self.at(whole.as_bytes());
        found.is_some_and(|found| found.prefix == mount.prefix)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Mount> {
        self.0.iter()
    }

    /// The URL of a page in a mounted adaptor by the names of both, such as `shop:dish`. `None` if
    /// no mount has the first name. `is_here` is that of the adaptor with these mounts.
    pub(crate) fn url(
        &self,
        name: &str,
        values: &[(&str, &dyn Display)],
        is_here: &dyn Fn(&str) -> bool,
    ) -> Option<Result<String, UrlError>> {
        let (first, rest) = name.split_once(':')?;
        let mut mounts = self.0.iter();
        let mount = mounts.find(|mount| mount.name.as_deref() == Some(first))?;
        let is_there = |path: &str| {
            let whole = format!("{}{path}", mount.prefix);
            self.lead_to(mount, path) && is_here(&whole)
        };
        let url = mount.parts.url(rest, values, &is_there);
        let prefix = utf8_percent_encode(&mount.prefix, NOT_IN_PATHS);
        Some(url.map(|url| format!("{prefix}{url}")))
    }
}
