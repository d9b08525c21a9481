//! `/guess`: a game in the session.

use std::{
    cmp::Ordering,
    hash::{BuildHasher, RandomState},
};

use serde_json::json;
use wsgi::{Request, Response, Result, adaptor::escape};

use super::page::Shown;

const FORM: &str = "<form action=\"guess\" method=\"post\">\n\
    <label>A number from 1 to 100:\n\
    <input name=\"guess\" type=\"number\" min=\"1\" max=\"100\" required autofocus></label>\n\
    <button>Guess</button>\n</form>\n";

/// The number to guess, and the guesses so far.
type Game = (u8, u32);

/// Asks for a guess, after what was said about the last one. Begins a game if none is running.
pub(super) fn ask(request: &Request<'_>) -> Result<Response> {
    let session = request.session()?;
    let game = |game: Option<Game>| game.unwrap_or_else(begin);
    let (_, guesses) = session.update("game", game)?;
    let said = match (session.flashes::<String>()?.pop(), guesses) {
        (Some(said), _) => said,
        (None, 0) => "I am thinking of a number.".to_owned(),
        (None, _) => format!("You have made {} so far.", count(guesses)),
    };
    let shown = Shown {
        title: "Guess a number",
        html: &format!("<p role=\"status\">{}</p>\n{FORM}", escape(&said)),
        text: &format!("{said}\nSend a number from 1 to 100 by POST, as the field guess.\n"),
    };
    Ok(shown.answer(request, Some(json!({ "said": said, "guesses": guesses }))))
}

/// Judges a guess, and goes back to the page, so that reloading it guesses nothing again. The right
/// guess ends the game.
pub(super) fn play(request: &Request<'_>) -> Result<Response> {
    let guess = request.field("guess")?.unwrap_or_default().trim();
    let session = request.session()?;
    let guess = guess.parse().ok().filter(|guess| (1..=100).contains(guess));
    let Some(guess) = guess else {
        session.flash("Please enter a number from 1 to 100.")?;
        return Ok(Response::redirect(&request.link("/guess")));
    };
    let mut said = String::new();
    session.update("game", |game: Option<Game>| {
        let (number, guesses) = game.unwrap_or_else(begin);
        let guesses = guesses.saturating_add(1);
        said = match number.cmp(&guess) {
            Ordering::Greater => format!("The number is greater than {guess}."),
            Ordering::Less => format!("The number is less than {guess}."),
            Ordering::Equal => {
                format!(
                    "{number} is right! It took {}. I am thinking of another.",
                    count(guesses)
                )
            }
        };
        (number != guess).then_some((number, guesses))
    })?;
    session.flash(said)?;
    Ok(Response::redirect(&request.link("/guess")))
}

fn count(guesses: u32) -> String {
    match guesses {
        1 => "1 guess".to_owned(),
        _ => format!("{guesses} guesses"),
    }
}

/// A new game. The randomness is that of the standard library's hash keys.
fn begin() -> Game {
    let random = RandomState::new().hash_one(());
    ((random % 100) as u8 + 1, 0)
}

#[cfg(test)]
mod tests {
    use crate::demo::{in_memory, visitor::Visitor};

    /// Guesses, and returns what the page then says.
    fn guess(visitor: &mut Visitor<'_>, guess: &str) -> String {
        assert_eq!(visitor.post("/guess", &[("guess", guess)]), 303);
        visitor.get("/guess")
    }

    #[test]
    fn the_number_stays_until_it_is_guessed() {
        let site = in_memory();
        let mut visitor = Visitor::of(&site);
        assert!(visitor.get("/guess").contains("I am thinking of a number."));
        let (mut low, mut high, mut guesses) = (1, 100, 0);
        loop {
            let middle: u8 = (low + high) / 2;
            guesses += 1;
            let said = guess(&mut visitor, &middle.to_string());
            if said.contains(&format!("is greater than {middle}.")) {
                low = middle + 1;
            } else if said.contains(&format!("is less than {middle}.")) {
                high = middle - 1;
            } else {
                let told = format!("It took {}.", super::count(guesses));
                assert!(said.contains(&told), "{said}");
                break;
            }
            assert!(low <= high, "the number has changed");
        }
        assert!(visitor.get("/guess").contains("I am thinking of a number."));
    }

    #[test]
    fn only_a_number_in_range_counts_as_a_guess() {
        let site = in_memory();
        let mut visitor = Visitor::of(&site);
        assert!(visitor.get("/guess").contains("I am thinking of a number."));
        for odd in ["", "x", "0", "101", "-1", "1.5", "<b>", "99999999999"] {
            let said = guess(&mut visitor, odd);
            assert!(
                said.contains("Please enter a number from 1 to 100."),
                "{odd}"
            );
        }
        let page = visitor.get("/guess");
        assert!(
            page.contains("I am thinking of a number."),
            "no guess counts"
        );
    }
}
