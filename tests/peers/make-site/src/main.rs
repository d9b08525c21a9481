//! `make-site FOLDER` makes the files that the servers of files are measured with: one of 4 KiB,
//! one of 10 MiB, a folder with 10,000 files, and a site of 20 files with compressed siblings. They
//! are the same in every run. It prints the paths of the site's files.

use std::env;
use std::error::Error;
use std::fs;
use std::io::{self, Write};
use std::path::Path;

use flate2::{Compression, write::GzEncoder};

/// The files of the site, and their lengths in bytes.
const SITE: [(&str, usize); 20] = [
    ("index.html", 14_000),
    ("about.html", 9_000),
    ("article.html", 38_000),
    ("site.css", 42_000),
    ("print.css", 3_000),
    ("vendor.js", 300_000),
    ("app.js", 90_000),
    ("search.js", 24_000),
    ("menu.js", 6_000),
    ("favicon.svg", 1_000),
    ("logo.svg", 2_000),
    ("icons.svg", 17_000),
    ("map.svg", 64_000),
    ("hero.webp", 220_000),
    ("team.webp", 48_000),
    ("office.webp", 31_000),
    ("avatar.webp", 12_000),
    ("text.woff2", 28_000),
    ("bold.woff2", 30_000),
    ("mono.woff2", 22_000),
];

/// The number of files in the folder that is listed.
const MANY: usize = 10_000;

/// Words of pages, styles and scripts.
const WORDS: [&str; 24] = [
    "<div class=\"",
    "\">",
    "</div>\n",
    "<p>",
    "</p>\n",
    "function ",
    "return ",
    "const ",
    " => {\n",
    "};\n",
    "color: ",
    "margin: 0 ",
    "display: flex;\n",
    "var(--",
    "path d=\"M",
    "width",
    "height",
    "the ",
    "of ",
    "and ",
    "a page ",
    "request ",
    "server ",
    "file ",
];

fn main() -> Result<(), Box<dyn Error>> {
    let folder = env::args_os().nth(1).ok_or("make-site FOLDER")?;
    let (folder, mut random) = (Path::new(&folder), Random(88_172_645_463_325_252));
    fs::write(folder.join("4-kib"), random.bytes(4 << 10))?;
    fs::write(folder.join("10-mib"), random.bytes(10 << 20))?;
    let many = folder.join("many");
    fs::create_dir(&many)?;
    for number in 0..MANY {
        fs::write(many.join(format!("report-{number:05}.csv")), b"")?;
    }
    let site = folder.join("site");
    fs::create_dir(&site)?;
    for (name, length) in SITE {
        let is_compressed = name.ends_with("webp") || name.ends_with("woff2");
        match is_compressed {
            true => fs::write(site.join(name), random.bytes(length))?,
            false => with_siblings(&site.join(name), &random.text(length))?,
        }
        println!("/site/{name}");
    }
    Ok(())
}

/// Writes a file, and beside it what it is in each coding.
fn with_siblings(path: &Path, text: &[u8]) -> io::Result<()> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(text)?;
    let mut brotli = Vec::new();
    brotli::BrotliCompress(&mut &*text, &mut brotli, &Default::default())?;
    let sibling = |suffix: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        name
    };
    fs::write(path, text)?;
    fs::write(sibling(".gz"), gzip.finish()?)?;
    fs::write(sibling(".br"), brotli)
}

/// A sequence of numbers that look random (xorshift).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.next() as u8).collect()
    }

    /// Words, and a number now and then.
    fn text(&mut self, length: usize) -> Vec<u8> {
        let mut text = String::new();
        while text.len() < length {
            let number = self.next();
            match number % 5 {
                0 => text += &format!("{} ", number >> 48),
                _ => text += WORDS[(number >> 32) as usize % WORDS.len()],
            }
        }
        text.truncate(length);
        text.into_bytes()
    }
}
