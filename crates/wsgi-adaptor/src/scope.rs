//! The adaptors around a call, and their hooks after it.

mod answers;

use std::{cell::Cell, fmt::Display, sync::Arc};

use wsgi_application::{Environ, Result};
use wsgi_cookies::Keyring;
use wsgi_environ::{Value, ValueBuf, is_standard_method};
use wsgi_forms::Limits;

pub(crate) use self::answers::failure_page;
use crate::{
    content::Content,
    extensions::Extensions,
    parts::{Mount, Parts},
    request::Request,
    response::Response,
    surroundings::Surroundings,
    url_error::UrlError,
};

/// An adaptor that handles a request, and those in which it is mounted.
pub(crate) struct Scope<'a> {
    parts: &'a Arc<Parts>,
    outer: Option<Outer<'a>>,
    reached: &'a Cell<Reached>,
    content: &'a Content,
    extensions: &'a Extensions,
}

/// The place that a call has reached, which is where it failed if it fails.
#[derive(Clone, Copy, Default)]
pub(crate) struct Reached {
    /// The number of adaptors around the one that was entered last.
    depth: usize,
    /// The greatest number so far: that of the adaptor which has handled the request.
    greatest_depth: usize,
    /// The number of its hooks that follow the one that was called last. `None` before the first.
    hooks: Option<usize>,
    /// Whether all hooks of all adaptors were called.
    is_after_hooks: bool,
}

/// The adaptor around another one.
#[derive(Clone, Copy)]
struct Outer<'a> {
    scope: &'a Scope<'a>,
    /// The place of the inner adaptor in the outer one.
    mount: &'a Mount,
    /// The paths of the request as the outer adaptor sees them.
    paths: &'a Paths,
}

/// The two paths of a request, decoded. Where an adaptor is mounted, they are other ones.
struct Paths {
    script_name: ValueBuf,
    path_info: ValueBuf,
}

impl Paths {
    fn of(environ: &Environ) -> Self {
        Self {
            script_name: environ.script_name().to_value_buf(),
            path_info: environ.path_info().to_value_buf(),
        }
    }

    fn restore(&self, environ: &mut Environ) {
        environ.set("SCRIPT_NAME", &self.script_name);
        environ.set("PATH_INFO", &self.path_info);
    }
}

/// An environ whose paths are those of a mounted adaptor until this is dropped, also by a panic.
struct Moved<'a> {
    environ: &'a mut Environ,
    paths: &'a Paths,
}

impl Drop for Moved<'_> {
    fn drop(&mut self) {
        self.paths.restore(self.environ);
    }
}

impl<'a> Scope<'a> {
    /// The scope of an adaptor that no other one is around.
    pub(crate) fn outermost(
        parts: &'a Arc<Parts>,
        reached: &'a Cell<Reached>,
        content: &'a Content,
        extensions: &'a Extensions,
    ) -> Self {
        Self {
            parts,
            outer: None,
            reached,
            content,
            extensions,
        }
    }

    /// The body of the request.
    pub(crate) fn content(&self) -> &'a Content {
        self.content
    }

    /// The number of adaptors around this one.
    fn depth(&self) -> usize {
        self.outer.map_or(0, |outer| outer.scope.depth() + 1)
    }

    /// Whether a request for a decoded path, without the prefix of this adaptor, gets here.
    fn is_reached_by(&self, path: &str) -> bool {
        self.outer.is_none_or(|Outer { scope, mount, .. }| {
            let whole = format!("{}{path}", mount.prefix);
            scope.parts.mounts.lead_to(mount, path) && scope.is_reached_by(&whole)
        })
    }

    /// Whether the adaptor around this one has checked the origin of the request, or the one around
    /// that has done it in its place. Once one has turned its policy off, nothing that was allowed
    /// around it is allowed in it.
    pub(crate) fn is_origin_checked(&self) -> bool {
        let outer = self.outer.map(|outer| outer.scope);
        outer.is_some_and(|scope| scope.parts.cross_origin.is_some())
    }

    /// Whether a method is a standard one, or has a handler in any adaptor around or in this one.
    pub(crate) fn knows_method(&self, method: &[u8]) -> bool {
        match self.outer {
            Some(outer) => outer.scope.knows_method(method),
            None => is_standard_method(method) || self.parts.has_method(method),
        }
    }

    /// Notes that the call is at this adaptor, and how many of its hooks follow.
    pub(crate) fn reach(&self, hooks: Option<usize>) {
        let (depth, reached) = (self.depth(), self.reached.get());
        self.reached.set(Reached {
            depth,
            greatest_depth: reached.greatest_depth.max(depth),
            hooks,
            ..reached
        });
    }

    /// Calls a function in the scope of a mounted adaptor. After an error, the place that was
    /// reached is still there.
    pub(crate) fn enter(
        &self,
        mount: &Mount,
        environ: &mut Environ,
        call: impl FnOnce(&Scope<'_>, &mut Environ) -> Result<Response>,
    ) -> Result<Response> {
        let paths = Paths::of(environ);
        let outer = Outer {
            scope: self,
            mount,
            paths: &paths,
        };
        let inner = Scope {
            parts: &mount.parts,
            outer: Some(outer),
            reached: self.reached,
            content: self.content,
            extensions: self.extensions,
        };
        inner.reach(None);
        let moved = Moved {
            environ,
            paths: &paths,
        };
        moved.environ.shift_path(mount.prefix.len());
        let response = call(&inner, moved.environ)?;
        self.reach(None);
        Ok(response)
    }
}

impl Surroundings for Scope<'_> {
    fn form_limits(&self) -> &Limits {
        &self.parts.form_limits
    }

    fn max_body_bytes(&self) -> u64 {
        self.parts.max_body_bytes
    }

    fn keyring(&self) -> Option<&Keyring> {
        let own = self.parts.keyring.as_ref();
        own.or_else(|| self.outer?.scope.keyring())
    }

    fn extensions(&self) -> &Extensions {
        self.extensions
    }

    fn url(
        &self,
        name: &str,
        values: &[(&str, &dyn Display)],
    ) -> std::result::Result<String, UrlError> {
        self.parts
            .url(name, values, &|path| self.is_reached_by(path))
    }

    fn route(&self, path: &str) -> Option<String> {
        self.parts.route(path)
    }

    fn outer(&self) -> Option<(&dyn Surroundings, Value<'_>)> {
        let Outer { scope, paths, .. } = self.outer?;
        Some((scope, paths.script_name.as_value()))
    }
}

/// The hooks after a handler.
impl Scope<'_> {
    /// Passes a response through the first `hooks`, the last one first. If one fails, the answer to
    /// its error goes on in place of the response.
    pub(crate) fn pass(
        &self,
        environ: &mut Environ,
        mut response: Response,
        hooks: usize,
    ) -> Result<Response> {
        let hooks = self.parts.after.first(hooks).iter().enumerate();
        for (following, hook) in hooks.rev() {
            self.reach(Some(following));
            let request = Request::new(environ, self.content, self, matchit::Params::new());
            let result = hook(&request, response);
            response = self.settled(environ, result)?;
        }
        Ok(response)
    }
}
