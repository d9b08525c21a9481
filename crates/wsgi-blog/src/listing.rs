//! A page of the list of entries.

use wsgi::{HttpError, Request, files::EntityTag};

use crate::{
    conditions::tag, entry::Entry, kind::Kind, search::Search, site::Site, store::Store,
    timestamp::Timestamp,
};

/// A page of the list of entries, or of those that were searched for.
#[derive(Debug)]
pub(crate) struct Listing {
    pub(crate) search: Option<Search>,
    /// The entries of the page, the newest first.
    pub(crate) entries: Vec<Entry>,
    /// The number of the page, from 1, and of all pages.
    pub(crate) page: usize,
    pub(crate) pages: usize,
    /// The number of entries on all pages.
    pub(crate) total: usize,
}

impl Listing {
    /// Reads the page that the parameter `page` of the query asks for. Files that cannot be read
    /// are left out, and the log names them.
    ///
    /// # Errors
    ///
    /// 404 if there is no such page. 500 if the folder cannot be read.
    pub(crate) fn read(
        store: &Store,
        search: Option<Search>,
        request: &Request<'_>,
    ) -> Result<Self, HttpError> {
        let page = request.query().get("page").unwrap_or("1").parse();
        let page = page.ok().filter(|&page| page > 0);
        let page: usize = page.ok_or(HttpError::new(404, ""))?;
        let size = store.limits().page_entries;
        let first = (page - 1).saturating_mul(size);
        let shown = first..first.saturating_add(size);

        let (heads, mut damaged) = store.heads()?;
        let (mut entries, mut total) = (Vec::new(), 0);
        for head in heads {
            let is_shown = shown.contains(&total);
            if search.is_none() && !is_shown {
                total += 1;
                continue;
            }
            let is_found = |entry: &Entry| search.as_ref().is_none_or(|text| text.matches(entry));
            match store.get(&head.name) {
                Ok(Some(entry)) if is_found(&entry) => {
                    total += 1;
                    entries.extend(is_shown.then_some(entry));
                }
                Ok(_) => {} // it does not match, or it was removed meanwhile
                Err(error) => damaged.push(error),
            }
        }
        for error in &damaged {
            request.errors().print(format!("{error}"));
        }
        let pages = total.div_ceil(size).max(1);
        if page > pages {
            return Err(HttpError::new(404, ""));
        }
        Ok(Self {
            search,
            entries,
            page,
            pages,
            total,
        })
    }

    /// The entity tag of a representation. What it shows beside the entries follows from the URL.
    pub(crate) fn tag(&self, site: &Site, request: &Request<'_>, kind: Kind) -> EntityTag {
        let total = self.total.to_string();
        let states: Vec<_> = self.entries.iter().map(Entry::state).collect();
        tag(
            site,
            request,
            kind,
            states.iter().map(String::as_str).chain([&*total]),
        )
    }

    /// The time of the last change among the entries. `None` if there are none.
    pub(crate) fn updated(&self) -> Option<Timestamp> {
        self.entries.iter().map(|entry| entry.head.updated).max()
    }
}
