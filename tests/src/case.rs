//! A case of the suite: an application, a request, and the expected response.

use std::{fmt, sync::Arc};

use wsgi::{
    Application,
    validate::{Rule, Validator, validator},
};

use crate::{Expected, Gateway, Request};

/// One row of the suite.
#[must_use]
pub struct Case {
    /// What it shows.
    pub name: String,
    pub(crate) application: Arc<dyn Application>,
    pub(crate) request: Request,
    expected: Expected,
    differences: Vec<Difference>,
    allowed: Vec<Rule>,
    pub(crate) breaks_the_contract: bool,
}

/// Something that a gateway changes of what a client sees.
pub struct Difference {
    gateways: fn(&Gateway) -> bool,
    /// Why they do, as a sentence.
    pub why: &'static str,
    /// What is seen instead; `None` where the row cannot be run at all.
    change: Option<fn(Expected) -> Expected>,
}

impl Case {
    /// An application and what is asked of it. Unless more is said, its answer is
    /// `200 OK` without a body.
    pub fn new(
        name: impl Into<String>,
        application: impl Application + 'static,
        request: Request,
        expected: Expected,
    ) -> Self {
        Case {
            name: name.into(),
            application: Arc::new(application),
            request,
            expected,
            differences: Vec::new(),
            allowed: Vec::new(),
            breaks_the_contract: false,
        }
    }

    /// What is seen where some gateways change it, and why they do.
    pub fn differs(
        mut self,
        gateways: fn(&Gateway) -> bool,
        why: &'static str,
        change: fn(Expected) -> Expected,
    ) -> Self {
        self.differences.push(Difference {
            gateways,
            why,
            change: Some(change),
        });
        self
    }

    /// Where it cannot be run, and why.
    pub fn is_not_for(mut self, gateways: fn(&Gateway) -> bool, why: &'static str) -> Self {
        self.differences.push(Difference {
            gateways,
            why,
            change: None,
        });
        self
    }

    /// A rule of the validator that is not for it: what it does is unusual on
    /// purpose.
    pub fn allow(mut self, rule: Rule) -> Self {
        self.allowed.push(rule);
        self
    }

    /// Its application breaks the contract on purpose, so that no validator
    /// stands before it.
    pub fn breaks_the_contract(mut self) -> Self {
        self.breaks_the_contract = true;
        self
    }

    /// Its application, held to the contract.
    pub(crate) fn validated(self) -> impl Application {
        let validator = validator(self.application);
        self.allowed.into_iter().fold(validator, Validator::allow)
    }

    /// What is to be seen through a gateway; `None` where it cannot be run.
    #[must_use]
    pub fn expected(&self, gateway: &Gateway) -> Option<Expected> {
        let changes = self
            .differences
            .iter()
            .filter(|difference| (difference.gateways)(gateway));
        changes
            .map(|difference| difference.change)
            .try_fold(self.expected.clone(), |expected, change| {
                change.map(|change| change(expected))
            })
    }
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Case({})", self.name)
    }
}
