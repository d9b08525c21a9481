//! `/private`: a page that requires a password.

use wsgi::{Application, Environ, Result, StartResponse, Status, adaptor::escape, middleware};

use super::{page::Shown, refusal::Styled};

/// Greets the user `demo` with the password `demo`, and asks others for them.
pub(super) fn guarded() -> impl Application {
    let guarded = middleware::BasicAuth::new(private, "wsgi demo", |user, password| {
        user == "demo" && middleware::constant_time_eq(password, "demo")
    });
    Styled(guarded)
}

fn private(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> Result {
    let user = environ.get("REMOTE_USER").unwrap_or_default();
    let user = user.to_string_lossy();
    let shown = Shown {
        title: "A private page",
        html: &format!(
            "<p>Hello {}! You have sent the password.</p>\n",
            escape(&user)
        ),
        text: &format!("Hello {user}!\n"),
    };
    shown.send(Status::OK, environ, start_response)
}

#[cfg(test)]
mod tests {
    use wsgi::{
        Status,
        testing::{Request, Response},
    };

    use crate::demo::in_memory;

    fn call(credentials: &str) -> Response {
        let request = Request::get("/private").header("Authorization", credentials);
        request.call(&in_memory())
    }

    #[test]
    fn the_demo_user_may_enter() {
        assert_eq!(call("Basic ZGVtbzpkZW1v").text(), "Hello demo!\n");
        assert_eq!(call("basic ZGVtbzpkZW1v").text(), "Hello demo!\n");
    }

    #[test]
    fn others_are_asked_for_a_password() {
        let nobody = Request::get("/private").call(&in_memory());
        for response in [nobody, call("Basic ZGVtbzp4"), call("Basic eDpkZW1v")] {
            assert_eq!(response.status(), &Status::UNAUTHORIZED);
            let asked = response.headers().get("WWW-Authenticate").unwrap();
            assert_eq!(asked, "Basic realm=\"wsgi demo\", charset=\"UTF-8\"");
        }
    }
}
