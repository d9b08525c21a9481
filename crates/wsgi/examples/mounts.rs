//! Two applications on one server: at http://127.0.0.1:8000 and at http://127.0.0.1:8000/blog.

use wsgi::{Environ, Mounts, StartResponse, Status, make_server};

fn home(_environ: &mut Environ, start_response: &mut StartResponse<'_>) -> wsgi::Result {
    start_response.start(Status::OK, [("Content-Type", "text/html")])?;
    Ok("<p>Welcome! There is a <a href=\"/blog/2026\">blog</a>.</p>\n".into())
}

fn blog(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> wsgi::Result {
    start_response.start(Status::OK, [("Content-Type", "text/plain; charset=utf-8")])?;
    let (mount, page) = (environ.script_name(), environ.path_info());
    Ok(format!("This is the page {page} of the application at {mount}.\n").into())
}

fn main() -> std::io::Result<()> {
    let site = Mounts::new().mount("/", home).mount("/blog", blog);
    make_server("127.0.0.1", 8000, site)?.serve_until_stopped()
}
