//! No type of a dependency below 1.0 in a public signature.
//!
//! Such a type would tie the crate's versions to the dependency's. The check parses the sources,
//! and finds every path in a public item that leads to such a dependency, by its full name or by an
//! imported one. Every `pub` item is reachable, because the lint `unreachable_pub` is on.

use std::collections::{BTreeMap, BTreeSet};

use syn::visit::{self, Visit};
use syn::{
    Attribute, Fields, File, Ident, ImplItem, Item, ItemImpl, Meta, Path, Signature, Type, UseTree,
    Visibility,
};

use super::{tree::Tree, violation::Violation};
use crate::workspace::{Package, Target, Workspace};

/// The dependencies below 1.0 whose types may be shown: the ecosystem treats them as stable.
pub(crate) const ALLOWED_BELOW_ONE: &[&str] = &["mime", "rustls", "tower-layer", "tower-service"];

pub(super) fn check(workspace: &Workspace, tree: &Tree) -> Vec<Violation> {
    let libraries = workspace
        .crates()
        .filter(|package| package.targets.iter().any(Target::is_library));
    libraries
        .flat_map(|package| exposed(package, &workspace.relative(package.folder()), tree))
        .collect()
}

fn exposed(package: &Package, folder: &str, tree: &Tree) -> Vec<Violation> {
    let unstable = unstable(package);
    if unstable.is_empty() {
        return Vec::new();
    }
    let (files, mut found) = parsed(folder, tree);
    for (path, names) in shown_by(&files, &unstable) {
        found.extend(Violation::each(
            path,
            names
                .into_iter()
                .map(|name| format!("has a type of `{name}`, which is below 1.0, in public")),
        ));
    }
    found
}

/// Which of these crates, as code names them, have types in the public API of the crate in a
/// folder.
pub(crate) fn shown(folder: &str, tree: &Tree, crates: &BTreeSet<String>) -> BTreeSet<String> {
    let (files, _) = parsed(folder, tree);
    let by_file = shown_by(&files, crates);
    by_file.into_iter().flat_map(|(_, names)| names).collect()
}

/// The sources of a crate, and those that are not Rust.
fn parsed<'a>(folder: &str, tree: &'a Tree) -> (Vec<(&'a str, File)>, Vec<Violation>) {
    let mut files = Vec::new();
    let mut problems = Vec::new();
    for (path, text) in tree.files(&format!("{folder}/src"), "rs") {
        match syn::parse_file(text) {
            Ok(file) => files.push((path, file)),
            Err(error) => {
                problems.push(Violation::new(path, format!("cannot be parsed: {error}")));
            }
        }
    }
    (files, problems)
}

/// The crates with types in the public items of each file.
fn shown_by<'a>(
    files: &[(&'a str, File)],
    crates: &BTreeSet<String>,
) -> Vec<(&'a str, BTreeSet<String>)> {
    let public = files
        .iter()
        .flat_map(|(_, file)| public_types(&file.items))
        .collect();
    let each = files.iter();
    each.map(|(path, file)| (*path, exposed_by(file, crates, &public)))
        .collect()
}

/// The dependencies below 1.0, as code names them.
fn unstable(package: &Package) -> BTreeSet<String> {
    let dependencies = package.dependencies.iter();
    dependencies
        .filter(|dependency| {
            dependency.kind.is_none()
                && !dependency.is_ours()
                && dependency.req.trim_start_matches('^').starts_with("0.")
                && !ALLOWED_BELOW_ONE.contains(&dependency.name.as_str())
        })
        .map(|dependency| dependency.name.replace('-', "_"))
        .collect()
}

/// The names of the `pub` types, without those of tests.
fn public_types(items: &[Item]) -> Vec<String> {
    let mut names = Vec::new();
    for item in items {
        match item {
            Item::Struct(item) if is_public(&item.vis) => names.push(item.ident.to_string()),
            Item::Enum(item) if is_public(&item.vis) => names.push(item.ident.to_string()),
            Item::Mod(item) if !is_test(&item.attrs) => {
                let content = item.content.as_ref();
                names.extend(content.map_or(Vec::new(), |(_, items)| public_types(items)));
            }
            _ => {}
        }
    }
    names
}

/// The dependencies in the public items of a file.
fn exposed_by(
    file: &File,
    unstable: &BTreeSet<String>,
    public: &BTreeSet<String>,
) -> BTreeSet<String> {
    let mut finder = Finder {
        names: unstable
            .iter()
            .map(|name| (name.clone(), name.clone()))
            .collect(),
        unstable,
        public,
        found: BTreeSet::new(),
    };
    finder.items(&file.items);
    finder.found
}

/// A visitor of public items that collects the paths in their parts.
struct Finder<'a> {
    /// The dependency that a name at the beginning of a path leads to.
    names: BTreeMap<String, String>,
    unstable: &'a BTreeSet<String>,
    public: &'a BTreeSet<String>,
    found: BTreeSet<String>,
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_path(&mut self, path: &'ast Path) {
        let first = path.segments.first();
        let first = first.map(|segment| segment.ident.to_string());
        if let Some(dependency) = first.and_then(|first| self.names.get(&first)) {
            self.found.insert(dependency.clone());
        }
        visit::visit_path(self, path);
    }
}

impl Finder<'_> {
    fn items(&mut self, items: &[Item]) {
        for item in items {
            if let Item::Use(item) = item
                && self.imports(&item.tree, None)
                && is_public(&item.vis)
            {
                self.found.extend(root_of(&item.tree));
            }
        }
        items.iter().for_each(|item| self.item(item));
    }

    fn item(&mut self, item: &Item) {
        match item {
            Item::Fn(item) if is_public(&item.vis) => self.signature(&item.sig),
            Item::Struct(item) if is_public(&item.vis) => {
                self.visit_generics(&item.generics);
                self.fields(&item.fields, false);
            }
            Item::Enum(item) if is_public(&item.vis) => {
                self.visit_generics(&item.generics);
                for variant in &item.variants {
                    self.fields(&variant.fields, true);
                }
            }
            Item::Trait(item) if is_public(&item.vis) => {
                self.visit_generics(&item.generics);
                for bound in &item.supertraits {
                    self.visit_type_param_bound(bound);
                }
                for part in &item.items {
                    if let syn::TraitItem::Fn(method) = part {
                        self.signature(&method.sig);
                    }
                }
            }
            Item::Type(item) if is_public(&item.vis) => self.visit_type(&item.ty),
            Item::Const(item) if is_public(&item.vis) => self.visit_type(&item.ty),
            Item::Static(item) if is_public(&item.vis) => self.visit_type(&item.ty),
            Item::Impl(item) if self.is_of_public_type(item) && !is_test(&item.attrs) => {
                self.implementation(item);
            }
            Item::Mod(item) if !is_test(&item.attrs) => {
                if let Some((_, items)) = &item.content {
                    self.items(items);
                }
            }
            _ => {}
        }
    }

    fn implementation(&mut self, item: &ItemImpl) {
        if let Some((path, _)) = &item.trait_ {
            self.visit_path(path);
        }
        self.visit_generics(&item.generics);
        for part in &item.items {
            match part {
                ImplItem::Fn(method) if is_public(&method.vis) => self.signature(&method.sig),
                ImplItem::Type(associated) => self.visit_type(&associated.ty),
                ImplItem::Const(constant) if is_public(&constant.vis) => {
                    self.visit_type(&constant.ty);
                }
                _ => {}
            }
        }
    }

    fn is_of_public_type(&self, item: &ItemImpl) -> bool {
        let Type::Path(path) = &*item.self_ty else {
            return false;
        };
        let last = path.path.segments.last();
        last.is_some_and(|segment| self.public.contains(&segment.ident.to_string()))
    }

    fn signature(&mut self, signature: &Signature) {
        self.visit_signature(signature);
    }

    fn fields(&mut self, fields: &Fields, all: bool) {
        for field in fields {
            if all || is_public(&field.vis) {
                self.visit_type(&field.ty);
            }
        }
    }

    /// Records the names of an import. Returns whether one leads to a dependency.
    fn imports(&mut self, tree: &UseTree, dependency: Option<&str>) -> bool {
        let of = |ident: &Ident| dependency.map_or_else(|| ident.to_string(), str::to_owned);
        match tree {
            UseTree::Path(path) => {
                let dependency = of(&path.ident);
                self.imports(&path.tree, Some(&dependency))
            }
            UseTree::Name(name) => self.import(&name.ident, of(&name.ident)),
            UseTree::Rename(rename) => self.import(&rename.rename, of(&rename.ident)),
            UseTree::Group(group) => {
                let mut any = false;
                for tree in &group.items {
                    any |= self.imports(tree, dependency);
                }
                any
            }
            UseTree::Glob(_) => dependency.is_some_and(|name| self.unstable.contains(name)),
        }
    }

    fn import(&mut self, name: &Ident, from: String) -> bool {
        let is_unstable = self.unstable.contains(&from);
        if is_unstable {
            self.names.insert(name.to_string(), from);
        }
        is_unstable
    }
}

/// The crate of a single import.
fn root_of(tree: &UseTree) -> Option<String> {
    match tree {
        UseTree::Path(path) => Some(path.ident.to_string()),
        UseTree::Name(name) => Some(name.ident.to_string()),
        UseTree::Rename(rename) => Some(rename.ident.to_string()),
        UseTree::Group(_) | UseTree::Glob(_) => None,
    }
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

/// Whether an item is only compiled for tests.
pub(super) fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let Meta::List(list) = &attribute.meta else {
            return false;
        };
        list.path.is_ident("cfg") && list.tokens.to_string() == "test"
    })
}

#[cfg(test)]
mod tests {
    use super::super::violation::assert_found;
    use super::*;
    use crate::workspace::Dependency;
    use crate::workspace::sample::{package, workspace};

    #[track_caller]
    fn check_source(source: &str, exposes: bool) {
        let mut crates = package("a", &[]);
        let dependency = |name: &str, req: &str| Dependency {
            name: name.to_owned(),
            req: req.to_owned(),
            kind: None,
            optional: false,
            path: None,
        };
        crates.dependencies = vec![
            dependency("wire-codec", "^0.4"),
            dependency("mime", "^0.3.17"),
            dependency("http", "^1.5"),
        ];
        let tree = Tree::default().with("crates/a/src/lib.rs", source);
        let expected =
            "crates/a/src/lib.rs: has a type of `wire_codec`, which is below 1.0, in public";
        let expected = if exposes { &[expected][..] } else { &[] };
        assert_found(&check(&workspace([crates]), &tree), expected);
    }

    #[test]
    fn a_type_in_a_signature_is_found() {
        check_source("pub fn f(_: wire_codec::Frame) {}", true);
        check_source(
            "use wire_codec::Frame; pub fn f() -> Option<Frame> { None }",
            true,
        );
        check_source(
            "use wire_codec::{a::Frame as F}; pub struct S { pub f: F }",
            true,
        );
        check_source("use wire_codec as w; pub type T = w::Frame;", true);
        check_source("pub enum E { A(wire_codec::Frame) }", true);
        check_source("pub trait T: wire_codec::Codec {}", true);
        check_source("pub trait T { fn f(&self) -> wire_codec::Frame; }", true);
        check_source("pub use wire_codec::Frame;", true);
        check_source("pub use wire_codec::*;", true);
        check_source("pub use wire_codec;", true);
        let from = "pub struct E; impl From<wire_codec::Error> for E { }";
        check_source(from, true);
    }

    #[test]
    fn private_items_may_have_any_type() {
        check_source("fn f(_: wire_codec::Frame) {}", false);
        check_source("pub(crate) fn f(_: wire_codec::Frame) {}", false);
        check_source("pub struct S { f: wire_codec::Frame }", false);
        check_source("pub fn f() { let _ = wire_codec::Frame::new(); }", false);
        check_source("struct P; impl wire_codec::Codec for P {}", false);
        check_source(
            "#[cfg(test)] mod tests { pub fn f(_: wire_codec::Frame) {} }",
            false,
        );
    }

    #[test]
    fn stable_dependencies_and_the_exceptions_may_be_shown() {
        check_source("pub fn f(_: http::HeaderMap) {}", false);
        check_source("pub fn f(_: mime::Mime) {}", false);
    }

    #[test]
    fn a_crate_shows_what_it_exports_again_and_what_its_signatures_name() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = root.parent().unwrap();
        let tree = Tree::load(root).unwrap();
        let ours = [
            "wsgi_application",
            "wsgi_environ",
            "wsgi_http1",
            "wsgi_server",
        ];
        let ours = BTreeSet::from(ours.map(str::to_owned));
        let shown = |folder| shown(folder, &tree, &ours);
        assert_eq!(shown("crates/wsgi"), ours);
        let named = ["wsgi_application", "wsgi_environ", "wsgi_server"];
        assert_eq!(
            shown("crates/wsgi-testing"),
            BTreeSet::from(named.map(str::to_owned))
        );
        assert!(shown("crates/wsgi-cli").is_empty());
    }
}
