//! The public items of a crate, with the documentation that a reader finds at each.
//!
//! A type or trait has a page, as in rustdoc: its own text, and those of its parts. Every `pub`
//! item is reachable, because the lint `unreachable_pub` is on.

use std::collections::BTreeMap;

use syn::{
    Attribute, Expr, ExprLit, Fields, File, ImplItem, Item, ItemImpl, Lit, Meta, TraitItem, Type,
    Visibility,
};

use super::exposed::is_test;

/// The texts about a type, trait, function or macro.
#[derive(Debug, Default)]
pub(super) struct Page {
    /// The file of the item itself. Empty until the item is met.
    pub(super) path: String,
    pub(super) texts: Vec<String>,
    /// The public methods and associated functions.
    pub(super) methods: Vec<String>,
    pub(super) variants: Vec<String>,
}

/// The pages of a crate by the names of their items, and the texts of its modules.
#[derive(Debug, Default)]
pub(super) struct Pages {
    pub(super) items: BTreeMap<String, Page>,
    pub(super) modules: Vec<String>,
}

impl Pages {
    /// Adds the items of a file.
    pub(super) fn add(&mut self, path: &str, file: &File) {
        self.modules.push(documentation(&file.attrs));
        self.items(path, &file.items);
    }

    /// Leaves the items that are public.
    pub(super) fn public(mut self) -> Self {
        self.items.retain(|_, page| !page.path.is_empty());
        self
    }

    /// All texts of documentation.
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        let of_items = self.items.values().flat_map(|page| &page.texts);
        of_items.chain(&self.modules).map(String::as_str)
    }

    fn items(&mut self, path: &str, items: &[Item]) {
        for item in items {
            self.item(path, item);
        }
    }

    fn item(&mut self, path: &str, item: &Item) {
        match item {
            Item::Fn(item) => self.named(path, &item.vis, &item.sig.ident, &item.attrs),
            Item::Struct(item) => {
                self.named(path, &item.vis, &item.ident, &item.attrs);
                self.fields(&item.ident.to_string(), &item.fields);
            }
            Item::Enum(item) => {
                self.named(path, &item.vis, &item.ident, &item.attrs);
                let page = self.page(&item.ident.to_string());
                let variants = item.variants.iter();
                page.variants
                    .extend(variants.clone().map(|variant| variant.ident.to_string()));
                page.texts
                    .extend(variants.map(|variant| documentation(&variant.attrs)));
            }
            Item::Trait(item) => {
                self.named(path, &item.vis, &item.ident, &item.attrs);
                let page = self.page(&item.ident.to_string());
                for part in &item.items {
                    if let TraitItem::Fn(method) = part {
                        page.add(&method.sig.ident, &method.attrs);
                    }
                }
            }
            Item::Macro(item) if exported(&item.attrs) => {
                if let Some(name) = &item.ident {
                    let page = self.page(&name.to_string());
                    path.clone_into(&mut page.path);
                    page.texts.push(documentation(&item.attrs));
                }
            }
            Item::Impl(item) if !is_test(&item.attrs) => self.implementation(item),
            Item::Mod(item) if !is_test(&item.attrs) => {
                self.modules.push(documentation(&item.attrs));
                if let Some((_, items)) = &item.content {
                    self.items(path, items);
                }
            }
            _ => {}
        }
    }

    fn named(
        &mut self,
        path: &str,
        visibility: &Visibility,
        name: &syn::Ident,
        attributes: &[Attribute],
    ) {
        if is_public(visibility) && !is_test(attributes) && !is_hidden(attributes) {
            let page = self.page(&name.to_string());
            path.clone_into(&mut page.path);
            page.texts.push(documentation(attributes));
        }
    }

    fn fields(&mut self, name: &str, fields: &Fields) {
        let public = fields.iter().filter(|field| is_public(&field.vis));
        let texts: Vec<_> = public.map(|field| documentation(&field.attrs)).collect();
        self.page(name).texts.extend(texts);
    }

    fn implementation(&mut self, item: &ItemImpl) {
        let Type::Path(path) = &*item.self_ty else {
            return;
        };
        let Some(name) = path.path.segments.last() else {
            return;
        };
        let page = self.page(&name.ident.to_string());
        page.texts.push(documentation(&item.attrs));
        if item.trait_.is_some() {
            return;
        }
        for part in &item.items {
            if let ImplItem::Fn(method) = part
                && is_public(&method.vis)
                && !is_hidden(&method.attrs)
            {
                page.add(&method.sig.ident, &method.attrs);
            }
        }
    }

    fn page(&mut self, name: &str) -> &mut Page {
        self.items.entry(name.to_owned()).or_default()
    }
}

impl Page {
    fn add(&mut self, method: &syn::Ident, attributes: &[Attribute]) {
        self.methods.push(method.to_string());
        self.texts.push(documentation(attributes));
    }
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

fn is_hidden(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::List(list) => list.path.is_ident("doc") && list.tokens.to_string() == "hidden",
        _ => false,
    })
}

fn exported(attributes: &[Attribute]) -> bool {
    attributes
        .iter()
        .any(|attribute| attribute.path().is_ident("macro_export"))
        && !is_hidden(attributes)
}

/// The text of the documentation comments.
fn documentation(attributes: &[Attribute]) -> String {
    let mut text = String::new();
    for attribute in attributes {
        if let Meta::NameValue(pair) = &attribute.meta
            && pair.path.is_ident("doc")
            && let Expr::Lit(ExprLit {
                lit: Lit::Str(line),
                ..
            }) = &pair.value
        {
            let line = line.value();
            text += line.strip_prefix(' ').unwrap_or(&line);
            text.push('\n');
        }
    }
    text
}
