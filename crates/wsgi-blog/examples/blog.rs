//! A blog at http://127.0.0.1:8000. Its entries are in the folder that the first argument names, or
//! else in `blog`.

use wsgi::make_server;
use wsgi_blog::Blog;

fn main() -> std::io::Result<()> {
    let folder = std::env::args_os().nth(1).unwrap_or_else(|| "blog".into());
    let blog = Blog::builder().title("My blog").open(folder)?;
    make_server("127.0.0.1", 8000, blog)?.serve_until_stopped()
}
