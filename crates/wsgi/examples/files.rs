//! Two applications, and a folder for all other paths, at http://127.0.0.1:8000. Its name is the
//! first argument, or else it is the working directory.

use wsgi::{Environ, Mounts, StartResponse, Status, files::Files, make_server};

fn clock(_environ: &mut Environ, start_response: &mut StartResponse<'_>) -> wsgi::Result {
    start_response.start(Status::OK, [("Content-Type", "text/plain")])?;
    Ok(format!("{:?}\n", std::time::SystemTime::now()).into())
}

fn path(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> wsgi::Result {
    start_response.start(Status::OK, [("Content-Type", "text/plain; charset=utf-8")])?;
    Ok(format!("{}\n", environ.path_info()).into())
}

fn main() -> std::io::Result<()> {
    let folder = std::env::args_os().nth(1).unwrap_or_else(|| ".".into());
    let files = Files::folder(folder)?.listing(true);
    let site = Mounts::new()
        .mount("/clock", clock)
        .mount("/path", path)
        .fallback(files);
    make_server("127.0.0.1", 8000, site)?.serve_until_stopped()
}
