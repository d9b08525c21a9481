//! A case of the suite: an application, a request, and the expected response.

use std::{fmt, sync::Arc};

use wsgi::{
    Application,
    validate::{Rule, Validator, validator},
};

use crate::{expected::Expected, gateway::Gateway, request::Request};

/// One row of the suite.
#[must_use]
pub struct Case {
    /// The behaviour that the case shows.
    pub name: String,
    pub(crate) application: Arc<dyn Application>,
    pub(crate) request: Request,
    expected: Expected,
    differences: Vec<Difference>,
    allowed: Vec<Rule>,
    pub(crate) breaks_the_contract: bool,
}

/// A difference of some gateways' responses from the expected one.
#[derive(Debug)]
pub struct Difference {
    gateways: fn(&Gateway) -> bool,
    /// The reason, as a sentence.
    pub why: &'static str,
    /// The change to the expected response. `None` if the case cannot be run.
    change: Option<fn(Expected) -> Expected>,
}

impl Case {
    /// Creates a case.
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

    /// Expects a different response from some gateways, for a reason.
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

    /// Excludes gateways that cannot run the case, for a reason.
    pub fn is_not_for(mut self, gateways: fn(&Gateway) -> bool, why: &'static str) -> Self {
        self.differences.push(Difference {
            gateways,
            why,
            change: None,
        });
        self
    }

    /// Allows the application to break a rule of the validator on purpose.
    pub fn allow(mut self, rule: Rule) -> Self {
        self.allowed.push(rule);
        self
    }

    /// Runs the application without the validator, because it breaks the contract on purpose.
    pub fn breaks_the_contract(mut self) -> Self {
        self.breaks_the_contract = true;
        self
    }

    /// The application behind the validator.
    pub(crate) fn validated(self) -> impl Application {
        let validator = validator(self.application);
        self.allowed.into_iter().fold(validator, Validator::allow)
    }

    /// The expected response through a gateway. `None` if the gateway cannot run the case.
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
