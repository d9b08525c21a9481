//! The rules, each of them once: constants of its name, and [`ALL`] of them.
//!
//! ```
//! use wsgi_validate::{Severity, rules};
//!
//! for rule in rules::ALL {
//!     println!("{}: {rule}", rule.name());
//! }
//! assert_eq!(rules::ETAG.severity(), Severity::Violation);
//! ```

use crate::{Rule, checks};

pub use crate::checks::{
    body::rules::*, calls::rules::*, ending::rules::*, errors::rules::*, fields::rules::*,
    input::rules::*, promise::rules::*, start::rules::*, status::rules::*, variables::rules::*,
};

/// The rules of each matter, in the order of a request.
const MATTERS: [&[Rule]; 10] = [
    checks::variables::RULES,
    checks::calls::RULES,
    checks::input::RULES,
    checks::errors::RULES,
    checks::start::RULES,
    checks::status::RULES,
    checks::fields::RULES,
    checks::promise::RULES,
    checks::body::RULES,
    checks::ending::RULES,
];

/// How many there are.
const COUNT: usize = {
    let (mut count, mut matter) = (0, 0);
    while matter < MATTERS.len() {
        count += MATTERS[matter].len();
        matter += 1;
    }
    count
};

/// Every rule, in the order in which a request meets them.
pub const ALL: &[Rule] = &{
    let mut all = [MATTERS[0][0]; COUNT];
    let (mut count, mut matter) = (0, 0);
    while matter < MATTERS.len() {
        let mut index = 0;
        while index < MATTERS[matter].len() {
            all[count] = MATTERS[matter][index];
            count += 1;
            index += 1;
        }
        matter += 1;
    }
    all
};
