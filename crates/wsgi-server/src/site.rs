//! The application that is served, and what is put around it.

use std::sync::{
    Arc, PoisonError, RwLock,
    atomic::{AtomicU64, Ordering::*},
};

use wsgi_application::{Application, Environ, Result, StartResponse};

/// What is done to every environ before the application sees it.
pub(crate) type Prepare = dyn Fn(&mut Environ) + Send + Sync;

/// How a request is handled, with the application at hand.
pub(crate) type Handling =
    dyn Fn(&dyn Application, &mut Environ, &mut StartResponse<'_>) -> Result + Send + Sync;

/// The application, which may be exchanged while it is served.
pub(crate) struct Site {
    /// The application as it was given, and as it is called.
    applications: RwLock<(Arc<dyn Application>, Arc<dyn Application>)>,
    /// Counts the exchanges, so that a thread sees one without taking the lock.
    version: AtomicU64,
    prepare: Option<Arc<Prepare>>,
    handle: Option<Arc<Handling>>,
}

impl Site {
    pub(crate) fn new(
        application: Arc<dyn Application>,
        prepare: Option<Arc<Prepare>>,
        handle: Option<Arc<Handling>>,
    ) -> Self {
        let site = Site {
            applications: RwLock::new((application.clone(), application.clone())),
            version: AtomicU64::new(0),
            prepare,
            handle,
        };
        site.set(application);
        site
    }

    /// The application as it was given.
    pub(crate) fn given(&self) -> Arc<dyn Application> {
        let applications = self.applications.read();
        applications
            .unwrap_or_else(PoisonError::into_inner)
            .0
            .clone()
    }

    /// The application as it is called, with what is around it.
    pub(crate) fn called(&self) -> Arc<dyn Application> {
        let applications = self.applications.read();
        applications
            .unwrap_or_else(PoisonError::into_inner)
            .1
            .clone()
    }

    pub(crate) fn set(&self, given: Arc<dyn Application>) {
        let called = self.surround(given.clone());
        let applications = self.applications.write();
        let mut applications = applications.unwrap_or_else(PoisonError::into_inner);
        let former = std::mem::replace(&mut *applications, (given, called));
        self.version.fetch_add(1, Release);
        drop(applications);
        drop(former); // runs code of its own, which may look at the application
    }

    /// Which application it is: another number after each exchange, never 0.
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
