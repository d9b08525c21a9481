//! `/login`: logging in, and the list of a user's sessions.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use wsgi::{
    HttpError, Request, Response, Result,
    adaptor::escape,
    sessions::{OwnedSession, Sessions},
};

use super::page::{Kind, Shown};

/// The only user, and the password.
const USER: (&str, &str) = ("demo", "demo");

/// The limit of a session's note, the browser's name, in characters.
const MAX_NOTE: usize = 120;

/// The limit of a name that is shown again, in characters.
const MAX_NAME: usize = 40;

/// The message after a login that failed.
const WRONG: &str = "The user or the password is wrong.";

/// The key of the session under which the name of a login that failed waits to be shown.
const FAILED: &str = "failed_login";

/// Asks for the user and the password. `user` is the name that was typed before.
fn form(user: &str) -> String {
    let (at_user, at_password) = match user {
        "" => (" autofocus", ""),
        _ => ("", " autofocus"),
    };
    format!(
        "<form action=\"login\" method=\"post\">\n\
        <p><label>User: <input name=\"user\" value=\"{user}\" autocomplete=\"username\" \
        required{at_user}></label></p>\n\
        <p><label>Password: <input name=\"password\" type=\"password\" \
        autocomplete=\"current-password\" required{at_password}></label></p>\n\
        <button>Log in</button>\n</form>\n\
        <p><small>The user is demo, and so is the password.</small></p>\n",
        user = escape(user),
    )
}

/// Shows a form, or to a user who is logged in, their sessions. Both begin with an alert if a login
/// has just failed.
pub(super) fn show(sessions: &Sessions, request: &Request<'_>) -> Result<Response> {
    let session = request.session()?;
    let failed: Option<String> = session.take(FAILED)?;
    let alert = match failed {
        Some(_) => format!("<p role=\"alert\">{WRONG}</p>\n"),
        None => String::new(),
    };
    let Some(owner) = session.owner()? else {
        let shown = Shown {
            title: "Log in",
            html: &(alert + &form(&failed.unwrap_or_default())),
            text: "Send user and password by POST. The user is demo, and so is the password.\n",
        };
        return Ok(shown.answer(request, Some(json!({ "user": null }))));
    };
    let (now, own) = (SystemTime::now(), session.handle()?);
    let list = sessions.list(&owner, now)?;
    let rows = list
        .iter()
        .map(|listed| row(listed, own == Some(listed.handle()), now));
    let html = format!(
        "{alert}<p>Signed in as {owner}</p>\n\
        <form action=\"logout\" method=\"post\"><button>Log out</button></form>\n\
        <form action=\"logout/everywhere\" method=\"post\"><button>Log out everywhere</button></form>\n\
        <h2>Where you are signed in</h2>\n<ul>\n{rows}</ul>\n\
        <p>Your <a href=\"basket\">basket</a> is unchanged.</p>\n",
        owner = escape(&owner),
        rows = rows.collect::<String>()
    );
    let shown = Shown {
        title: "Your sessions",
        html: &html,
        text: &format!("Signed in as {owner}\nSessions: {}\n", list.len()),
    };
    let sessions: Vec<_> = list
        .iter()
        .map(|listed| described(listed, own == Some(listed.handle())))
        .collect();
    Ok(shown.answer(
        request,
        Some(json!({ "user": owner, "sessions": sessions })),
    ))
}

/// Logs in. The session keeps its data and gets a new id, so that an id which somebody else knows
/// becomes useless. A second click succeeds like the first.
///
/// A wrong password is forbidden. A browser is led back to the form, so that no page of its history
/// is one that it would have to send again.
pub(super) fn login(request: &Request<'_>) -> Result<Response> {
    let user = request.field("user")?.unwrap_or_default();
    let password = request.field("password")?.unwrap_or_default();
    if (user, password) != USER {
        if Kind::preferred(request.environ()) != Kind::Html {
            return Err(HttpError::new(403, WRONG).into());
        }
        let name: String = user.chars().take(MAX_NAME).collect();
        request.session()?.insert(FAILED, name)?;
        return Ok(Response::redirect(&request.link("/login")));
    }
    let session = request.session()?;
    session.login(user)?;
    session.remove(FAILED)?;
    if let Some(agent) = request.header("User-Agent") {
        let agent = agent.to_string_lossy();
        session.set_note(agent.chars().take(MAX_NOTE).collect::<String>())?;
    }
    Ok(Response::redirect(&request.link("/login")))
}

/// A session in the list, with a button to end it unless it is this one.
fn row(listed: &OwnedSession, is_own: bool, now: SystemTime) -> String {
    let end = if is_own {
        "this one".to_owned()
    } else {
        format!(
            "<form action=\"logout/session\" method=\"post\">\
            <button name=\"handle\" value=\"{}\">Log it out</button></form>",
            listed.handle()
        )
    };
    format!(
        "<li>{note}<br><small>signed in {created}, last used {used}</small> {end}</li>\n",
        note = escape(listed.note().unwrap_or("an unnamed browser")),
        created = ago(listed.created(), now),
        used = ago(listed.last_used(), now),
    )
}

/// A session in the list, for programs. The times are those of Unix.
fn described(listed: &OwnedSession, is_own: bool) -> Value {
    let unix = |time: SystemTime| {
        let since = time.duration_since(SystemTime::UNIX_EPOCH);
        since.unwrap_or(Duration::ZERO).as_secs()
    };
    json!({
        "handle": listed.handle().to_string(),
        "note": listed.note(),
        "created": unix(listed.created()),
        "last_used": unix(listed.last_used()),
        "is_this": is_own,
    })
}

fn ago(time: SystemTime, now: SystemTime) -> String {
    let seconds = now.duration_since(time).unwrap_or(Duration::ZERO).as_secs();
    match seconds {
        0..60 => "just now".to_owned(),
        60..3600 => format!("{} min ago", seconds / 60),
        _ => format!("{} h ago", seconds / 3600),
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use wsgi::testing::Request;

    use super::ago;
    use crate::demo::{in_memory, visitor::Visitor};

    const RIGHT: &[(&str, &str)] = &[("user", "demo"), ("password", "demo")];

    #[test]
    fn the_basket_survives_the_login_and_the_id_does_not() {
        let site = in_memory();
        let mut visitor = Visitor::of(&site);
        visitor.post("/basket", &[("item", "tea")]);
        assert!(visitor.get("/basket").contains("Log in</a>"));
        let before = visitor.cookie().to_owned();
        assert_eq!(visitor.post("/login", RIGHT), 303);
        assert_ne!(visitor.cookie(), before);
        assert!(visitor.get("/login").contains("Signed in as demo"));
        let basket = visitor.get("/basket");
        assert!(basket.contains("<li>tea</li>"), "{basket}");
        assert!(!basket.contains("Log in</a>"), "{basket}");
    }

    #[test]
    fn a_wrong_password_leads_back_to_the_form_which_keeps_the_name() {
        let site = in_memory();
        let mut visitor = Visitor::of(&site);
        for (wrong, name) in [
            (&[][..], ""),
            (&[("user", "demo")], "demo"),
            (&[("user", "demo"), ("password", "")], "demo"),
            (&[("user", "\"x\""), ("password", "demo")], "&quot;x&quot;"),
        ] {
            assert_eq!(visitor.post("/login", wrong), 303);
            let page = visitor.get("/login");
            assert!(page.contains("is wrong"), "{page}");
            assert!(page.contains(&format!("value=\"{name}\"")), "{page}");
            assert!(!visitor.get("/login").contains("is wrong"));
        }
    }

    #[test]
    fn an_old_form_with_a_wrong_password_is_answered_by_an_alert_above_the_sessions() {
        let site = in_memory();
        let mut visitor = Visitor::of(&site);
        visitor.post("/login", RIGHT);
        assert_eq!(visitor.post("/login", &[("user", "demo")]), 303);
        let page = visitor.get("/login");
        assert!(
            page.contains("is wrong") && page.contains("Signed in as demo"),
            "{page}"
        );
        assert!(!visitor.get("/login").contains("is wrong"));
    }

    #[test]
    fn of_several_failed_logins_one_is_told_and_none_after_a_login() {
        let site = in_memory();
        let mut visitor = Visitor::of(&site);
        for user in ["one", "two"] {
            visitor.post("/login", &[("user", user)]);
        }
        let page = visitor.get("/login");
        assert_eq!(page.matches("is wrong").count(), 1);
        assert!(page.contains("value=\"two\""), "{page}");
        visitor.post("/login", &[("user", "one")]);
        visitor.post("/login", RIGHT);
        assert!(!visitor.get("/login").contains("is wrong"));
    }

    #[test]
    fn the_login_and_the_game_do_not_tell_each_others_messages() {
        const MARKUP: &str = "<img src=x onerror=alert(1)>";
        let site = in_memory();
        let mut visitor = Visitor::of(&site);
        visitor.post("/login", &[("user", MARKUP)]);
        let page = visitor.get("/guess");
        assert!(page.contains("I am thinking"), "{page}");
        assert!(!page.contains("onerror"), "{page}");
        visitor.post("/guess", &[("guess", "x")]);
        let page = visitor.get("/login");
        assert!(page.contains("value=\"&lt;img"), "{page}");
        assert!(visitor.get("/guess").contains("Please enter a number"));
        visitor.post("/guess", &[("guess", "x")]);
        assert!(!visitor.get("/login").contains("is wrong"));
    }

    #[test]
    fn a_wrong_password_of_a_program_is_forbidden() {
        for accept in ["*/*", "application/json"] {
            let request = Request::post("/login").header("Accept", accept);
            let response = request.form([("user", "root")]).call(&in_memory());
            assert_eq!(response.status().code(), 403);
            assert!(response.text().contains("is wrong"), "{}", response.text());
        }
    }

    #[test]
    fn a_double_click_logs_in_twice_and_keeps_the_basket() {
        let site = in_memory();
        let mut visitor = Visitor::of(&site);
        visitor.post("/basket", &[("item", "tea")]);
        let mut second = visitor.clone();
        assert_eq!(visitor.post("/login", RIGHT), 303);
        assert_eq!(second.post("/login", RIGHT), 303, "with the old id");
        for mut visitor in [visitor, second] {
            assert!(visitor.get("/login").contains("Signed in as demo"));
            assert!(visitor.get("/basket").contains("<li>tea</li>"));
        }
    }

    #[test]
    fn every_session_of_the_user_is_listed_and_can_be_ended_from_another() {
        let site = in_memory();
        let mut visitors = ["A/1", "<B>/2"].map(|agent| Visitor::of(&site).with_agent(agent));
        for visitor in &mut visitors {
            visitor.post("/login", RIGHT);
        }
        let [one, other] = &mut visitors;
        let page = one.get("/login");
        assert!(
            page.contains("A/1<br>") && page.contains("&lt;B&gt;/2<br>"),
            "{page}"
        );
        assert_eq!(page.matches("this one").count(), 1);
        let handle = page
            .split_once("value=\"")
            .and_then(|(_, rest)| rest.split('"').next());
        let handle = handle.expect("a button").to_owned();
        assert_eq!(one.post("/logout/session", &[("handle", &handle)]), 303);
        assert!(!other.get("/login").contains("Signed in"));
        assert!(one.get("/login").contains("Signed in as demo"));
    }

    #[test]
    fn times_are_shown_in_words() {
        let now = SystemTime::now();
        for (seconds, text) in [
            (0, "just now"),
            (59, "just now"),
            (60, "1 min ago"),
            (7300, "2 h ago"),
        ] {
            assert_eq!(ago(now - Duration::from_secs(seconds), now), text);
        }
        assert_eq!(
            ago(now + Duration::from_secs(90), now),
            "just now",
            "clocks differ"
        );
    }
}
