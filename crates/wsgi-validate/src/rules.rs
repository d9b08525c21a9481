//! The rules: a constant for each, and [`ALL`] of them.
//!
//! ```
//! use wsgi_validate::{Severity, rules};
//!
//! for rule in rules::ALL {
//!     println!("{}: {rule}", rule.name());
//! }
//! assert_eq!(rules::ETAG.severity(), Severity::Violation);
//! ```

use crate::{checks, rule::Rule};

pub use crate::checks::{
    body::rules::*, calls::rules::*, ending::rules::*, errors::rules::*, fields::rules::*,
    input::rules::*, promise::rules::*, start::rules::*, status::rules::*, variables::rules::*,
};

/// The rules of each subject, in the order of a request.
const SUBJECTS: [&[Rule]; 10] = [
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

/// The number of rules.
const COUNT: usize = {
    let (mut count, mut subject) = (0, 0);
    while subject < SUBJECTS.len() {
        count += SUBJECTS[subject].len();
        subject += 1;
    }
    count
};

/// All rules, in the order of a request.
pub const ALL: &[Rule] = &{
    let mut all = [SUBJECTS[0][0]; COUNT];
    let (mut count, mut subject) = (0, 0);
    while subject < SUBJECTS.len() {
        let mut index = 0;
        while index < SUBJECTS[subject].len() {
            all[count] = SUBJECTS[subject][index];
            count += 1;
            index += 1;
        }
        subject += 1;
    }
    all
};
