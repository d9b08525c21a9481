//! Embeds a folder, for the test `embedded`.

fn main() -> std::io::Result<()> {
    wsgi_files::embed("tests/embedded/public", "public.rs")
}
