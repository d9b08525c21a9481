//! `/guess`: a game in the session.

use std::{
    cmp::Ordering,
    hash::{BuildHasher, RandomState},
};

use wsgi::{Request, Response, Result};

use super::document::document;

const FORM: &str = "<form action=\"guess\" method=\"post\">\n\
    <label>A number from 1 to 100:\n\
    <input name=\"guess\" type=\"number\" min=\"1\" max=\"100\" required autofocus></label>\n\
    <button>Guess</button>\n</form>\n";

/// The number to guess, and the guesses so far.
type Game = (u8, u32);

/// Asks for a guess. Begins a game if none is running.
pub(super) fn ask(request: &Request<'_>) -> Result<Response> {
    let game = |game: Option<Game>| game.unwrap_or_else(begin);
    let (_, guesses) = request.session()?.update("game", game)?;
    let said = match guesses {
        0 => "I am thinking of a number.".to_owned(),
        _ => format!("You have made {} so far.", count(guesses)),
    };
    Ok(page(request, &said))
}

/// Answers a guess. The right one ends the game.
pub(super) fn play(request: &Request<'_>) -> Result<Response> {
    let guess = request.field("guess")?.unwrap_or_default().trim();
    let Some(guess) = guess.parse().ok().filter(|guess| (1..=100).contains(guess)) else {
        return Ok(page(request, "Please enter a number from 1 to 100."));
    };
    let mut said = String::new();
    request.session()?.update("game", |game: Option<Game>| {
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
    Ok(page(request, &said))
}

fn count(guesses: u32) -> String {
    match guesses {
        1 => "1 guess".to_owned(),
        _ => format!("{guesses} guesses"),
    }
}

fn page(request: &Request<'_>, said: &str) -> Response {
    document(request, "Guess a number", &format!("<p>{said}</p>\n{FORM}"))
}

/// A new game. The randomness is that of the standard library's hash keys.
fn begin() -> Game {
    let random = RandomState::new().hash_one(());
    ((random % 100) as u8 + 1, 0)
}

#[cfg(test)]
mod tests {
    use wsgi::{Application, testing::Request};

    use crate::demo::in_memory;

    fn guess(site: &impl Application, cookie: &str, guess: &str) -> String {
        let response = Request::post("/guess")
            .header("Cookie", cookie)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body(format!("guess={guess}"))
            .call(site);
        assert_eq!(response.status().code(), 200);
        response.text().to_owned()
    }

    fn begin(site: &impl Application) -> String {
        let response = Request::get("/guess").call(site);
        assert!(response.text().contains("I am thinking of a number."));
        let cookie = response.headers().get("Set-Cookie").expect("a cookie");
        cookie
            .to_string()
            .split(';')
            .next()
            .unwrap_or_default()
            .to_owned()
    }

    #[test]
    fn the_number_stays_until_it_is_guessed() {
        let site = in_memory();
        let cookie = begin(&site);
        let (mut low, mut high, mut guesses) = (1, 100, 0);
        loop {
            let middle: u8 = (low + high) / 2;
            guesses += 1;
            let said = guess(&site, &cookie, &middle.to_string());
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
        let response = Request::get("/guess").header("Cookie", &cookie).call(&site);
        assert!(response.text().contains("I am thinking of a number."));
    }

    #[test]
    fn only_a_number_in_range_counts_as_a_guess() {
        let site = in_memory();
        let cookie = begin(&site);
        for odd in ["", "x", "0", "101", "-1", "1.5", "%3Cb%3E", "99999999999"] {
            let said = guess(&site, &cookie, odd);
            assert!(
                said.contains("Please enter a number from 1 to 100."),
                "{odd}"
            );
        }
        let response = Request::get("/guess").header("Cookie", &cookie).call(&site);
        assert!(
            response.text().contains("I am thinking of a number."),
            "no guess counts"
        );
    }
}
