//! The numbers among which a user chooses with a range input.

use std::fmt;

use super::sanitization::number;
use crate::html::Tag;

/// The bounds and the steps of a range input (HTML Standard, "Range state").
#[derive(Clone, Debug)]
pub(crate) struct Scale {
    least: f64,
    most: f64,
    /// The number that the steps are counted from.
    first: f64,
    /// `None` if every number between the bounds can be chosen.
    step: Option<f64>,
}

impl Scale {
    pub(super) fn of(tag: &Tag) -> Self {
        let attribute = |name| tag.attribute(name).and_then(number);
        let least = attribute("min").unwrap_or(0.0);
        let step = attribute("step").filter(|&step| step > 0.0).unwrap_or(1.0);
        let is_any = tag.keyword("step") == "any";
        Self {
            least,
            most: attribute("max").unwrap_or(100.0).max(least),
            first: attribute("min").or(attribute("value")).unwrap_or(0.0),
            step: (!is_any).then_some(step),
        }
    }

    /// The value that is shown for that of the page: the nearest that can be chosen, or the middle
    /// if the page has none.
    pub(super) fn shown(&self, value: &str) -> String {
        let given = number(value);
        let shown = self.nearest(given.unwrap_or_else(|| self.least.midpoint(self.most)));
        match given {
            Some(number) if number == shown => value.to_owned(),
            _ => text(shown),
        }
    }

    /// Whether a user can choose this value.
    pub(super) fn has(&self, value: &str) -> bool {
        number(value).is_some_and(|number| self.nearest(number) == number)
    }

    /// The nearest number between the bounds that is a whole number of steps from the first, the
    /// greater of two. If no step is between the bounds, the number is only kept between them.
    fn nearest(&self, number: f64) -> f64 {
        let number = number.clamp(self.least, self.most);
        let Some(step) = self.step else {
            return number;
        };
        let steps = (number - self.first) / step;
        let nearest = (steps + 0.5).floor();
        if (steps - nearest).abs() < 1e-9 {
            return number;
        }
        // Without the error of binary fractions: 0.3 for a tenth and two tenths.
        let places = places(step).max(places(self.first));
        let plain = |number: f64| format!("{number:.places$}").parse().unwrap_or(number) + 0.0;
        let near = [nearest, nearest - 1.0, nearest + 1.0];
        let near = near.map(|steps| plain(self.first + steps * step));
        let found = near
            .into_iter()
            .find(|number| (self.least..=self.most).contains(number));
        found.unwrap_or(number)
    }
}

/// Writes `a number from 0 to 10, in steps of 2 from 0`.
impl fmt::Display for Scale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "a number from {} to {}",
            text(self.least),
            text(self.most)
        )?;
        match self.step {
            Some(step) => write!(f, ", in steps of {} from {}", text(step), text(self.first)),
            None => Ok(()),
        }
    }
}

/// The number of decimal places.
fn places(number: f64) -> usize {
    let text = number.to_string(); // never with an exponent
    text.split_once('.')
        .map_or(0, |(_, fraction)| fraction.len())
}

/// The "best representation of the number as a floating-point number", which is that of scripts
/// (ECMAScript, `Number::toString`): an exponent only for large and small ones.
fn text(number: f64) -> String {
    match number.abs() {
        1e21.. => format!("{number:e}").replace('e', "e+"),
        size if size > 0.0 && size < 1e-6 => format!("{number:e}"),
        _ => number.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::Scale;
    use crate::html::{Tag, Token, Tokens};

    fn tag(attributes: &str) -> Tag {
        let page = format!("<input type=range {attributes}>");
        match Tokens::new(&page).next() {
            Some(Token::Start(tag)) => tag,
            other => panic!("{other:?}"),
        }
    }

    #[track_caller]
    fn check(attributes: &str, shown: &str) {
        let tag = tag(attributes);
        let value = tag.attribute("value").unwrap_or_default();
        assert_eq!(Scale::of(&tag).shown(value), shown, "{attributes}");
    }

    #[test]
    fn a_range_always_has_a_value_between_its_bounds() {
        check("", "50");
        check("value=x", "50");
        check("value=101", "100");
        check("value=-1", "0");
        check("value=3.50", "3.50");
        check("min=10 max=15", "13");
        check("min=10 max=5 value=7", "10");
        check("min=10 max=5", "10");
        check("min=-1e308 max=1e308", "0");
    }

    #[test]
    fn a_range_is_on_a_step() {
        check("min=0 value=3.5", "4");
        check("min=0 value=3.4", "3");
        check("min=0 value=3.00", "3.00");
        check("min=0 value=3.4 step=any", "3.4");
        check("min=0 value=3.4 step=0", "3");
        check("min=1 max=10 step=3 value=5", "4");
        check("min=0 max=10 step=4 value=10", "8");
        check("min=-5 max=5 step=4 value=-3", "-1");
        check("min=0 max=1 step=.1 value=.34", "0.3");
        check("min=0 max=1 step=.1 value=.3", ".3");
        check("min=-.3 max=1 step=.1 value=.04", "0");
        check("min=0 max=3 step=10", "0");
        check("value=3.5", "3.5"); // the first step is the value
        check("value=101 step=10", "91");
    }

    #[test]
    fn a_step_may_be_small_or_large() {
        check("min=0 max=1e-9 step=1e-10 value=2.4e-10", "2e-10");
        check("min=0 max=1e-9 step=2.5e-10 value=2.4e-10", "2.5e-10");
        check("min=0 max=1 step=.000001 value=.0000024", "0.000002");
        check("min=0 max=1e25 step=1e21 value=2.4e21", "2e+21");
        check(
            "min=0 max=1e25 step=1e20 value=2.4e20",
            "200000000000000000000",
        );
        check("min=1000000.25 max=2e6 step=.5 value=1000001", "1000001.25");
    }

    #[test]
    fn only_numbers_on_a_step_can_be_chosen() {
        let scale = |attributes| Scale::of(&tag(attributes));
        for (attributes, chosen, others) in [
            (
                "max=10",
                &["0", "5", "5.0", "10"][..],
                &["500.5", "11", "-1", "5.5", "", "x", " 5"][..],
            ),
            ("min=1 max=10 step=3", &["1", "4", "10"], &["2", "13"]),
            ("max=1 step=.1", &[".3", "0.7", "1"], &[".35"]),
            ("max=1 step=any", &[".35", "0"], &["1.01", "y"]),
            ("value=3.5", &["3.5", "4.5"], &["4"]),
        ] {
            let scale = scale(attributes);
            assert!(chosen.iter().all(|value| scale.has(value)), "{attributes}");
            assert!(!others.iter().any(|value| scale.has(value)), "{attributes}");
        }
        let texts = ["max=10 step=2", "step=any"].map(|attributes| scale(attributes).to_string());
        assert_eq!(
            texts,
            [
                "a number from 0 to 10, in steps of 2 from 0",
                "a number from 0 to 100"
            ]
        );
    }
}
