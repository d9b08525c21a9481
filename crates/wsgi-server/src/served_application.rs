//! The application that is served, and the functions around it.

use std::sync::{
    Arc, PoisonError, RwLock, RwLockReadGuard,
    atomic::{AtomicU64, Ordering::*},
};

use wsgi_application::{Application, Environ, Result, StartResponse};

/// A function that changes every environ before the application sees it.
pub(crate) type Prepare = dyn Fn(&mut Environ) + Send + Sync;

/// A function that handles a request with the help of the application.
pub(crate) type Handling =
    dyn Fn(&dyn Application, &mut Environ, &mut StartResponse<'_>) -> Result + Send + Sync;

/// The application, which may be replaced while it is served.
pub(crate) struct ServedApplication {
    applications: RwLock<Applications>,
    /// Counts the replacements, so that a thread notices one without taking the lock.
    version: AtomicU64,
    prepare: Option<Arc<Prepare>>,
    handle: Option<Arc<Handling>>,
}

struct Applications {
    /// The application as it was given.
    given: Arc<dyn Application>,
    /// The application with the functions around it.
    called: Arc<dyn Application>,
}

impl ServedApplication {
    pub(crate) fn new(
        application: Arc<dyn Application>,
        prepare: Option<Arc<Prepare>>,
        handle: Option<Arc<Handling>>,
    ) -> Self {
        let site = Self {
            applications: RwLock::new(Applications {
                given: application.clone(),
                called: application.clone(),
            }),
            version: AtomicU64::new(0),
            prepare,
            handle,
        };
        site.set(application);
        site
    }

    /// The application as it was given.
    pub(crate) fn given(&self) -> Arc<dyn Application> {
        self.applications().given.clone()
    }

    /// The application with the functions around it.
    pub(crate) fn called(&self) -> Arc<dyn Application> {
        self.applications().called.clone()
    }

    fn applications(&self) -> RwLockReadGuard<'_, Applications> {
        let applications = self.applications.read();
        applications.unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn set(&self, given: Arc<dyn Application>) {
        let called = self.surround(given.clone());
        let applications = self.applications.write();
        let mut applications = applications.unwrap_or_else(PoisonError::into_inner);
        let former = std::mem::replace(&mut *applications, Applications { given, called });
        self.version.fetch_add(1, Release);
        drop(applications);
        drop(former); // may run code of the application, which may take the lock
    }

    /// The number of the application: another one after each replacement, never 0.
    #[inline]
    pub(crate) fn version(&self) -> u64 {
        self.version.load(Acquire)
    }

    fn surround(&self, application: Arc<dyn Application>) -> Arc<dyn Application> {
        if self.prepare.is_none() && self.handle.is_none() {
            return application;
        }
        let (prepare, handle) = (self.prepare.clone(), self.handle.clone());
        Arc::new(
            move |environ: &mut Environ, start_response: &mut StartResponse<'_>| {
                if let Some(prepare) = &prepare {
                    prepare(environ);
                }
                match &handle {
                    Some(handle) => handle(&*application, environ, start_response),
                    None => application.call(environ, start_response),
                }
            },
        )
    }
}
