//! The adaptors that are mounted in another one.

use std::{fmt::Display, sync::Arc};

use percent_encoding::utf8_percent_encode;

use crate::{adaptor::Adaptor, pattern::NOT_IN_PATHS, url_error::UrlError};

/// The mounted adaptors, longest prefixes first.
#[derive(Default)]
pub(crate) struct Mounts(Vec<Mount>);

/// An adaptor in its place.
pub(crate) struct Mount {
    /// The decoded path, without a slash at its end.
    pub(crate) prefix: String,
    name: Option<String>,
    pub(crate) adaptor: Arc<Adaptor>,
}

impl Mounts {
    #[track_caller]
    pub(crate) fn add(&mut self, prefix: &str, adaptor: Adaptor) {
        let is_prefix = prefix.starts_with('/') && !prefix.ends_with('/');
        assert!(
            is_prefix,
            "{prefix:?} is not a prefix: it must begin with a slash and not end with one"
        );
        assert!(
            self.of(prefix).is_none(),
            "another adaptor is mounted at {prefix:?}"
        );
        let is_longer = |mount: &Mount| mount.prefix.len() >= prefix.len();
        let index = self.0.partition_point(is_longer);
        let mount = Mount {
            prefix: prefix.to_owned(),
            name: None,
            adaptor: Arc::new(adaptor),
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

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Mount> {
        self.0.iter()
    }

    /// The URL of a page in a mounted adaptor by the names of both, such as `shop:dish`. `None` if
    /// no mount has the first name.
    pub(crate) fn url(
        &self,
        name: &str,
        values: &[(&str, &dyn Display)],
    ) -> Option<Result<String, UrlError>> {
        let (first, rest) = name.split_once(':')?;
        let mut mounts = self.0.iter();
        let mount = mounts.find(|mount| mount.name.as_deref() == Some(first))?;
        let url = mount.adaptor.settings.url(rest, values);
        let prefix = utf8_percent_encode(&mount.prefix, NOT_IN_PATHS);
        Some(url.map(|url| format!("{prefix}{url}")))
    }
}
