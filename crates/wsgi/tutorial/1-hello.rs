use wsgi::{Environ, StartResponse, Status, make_server};

fn hello(environ: &mut Environ, start_response: &mut StartResponse<'_>) -> wsgi::Result {
    start_response.start(Status::OK, [("Content-Type", "text/plain; charset=utf-8")])?;
    Ok(format!("Hello world! This is {}.\n", environ.path_info()).into())
}

fn main() -> std::io::Result<()> {
    make_server("127.0.0.1", 8000, hello)?.serve_until_stopped()
}
