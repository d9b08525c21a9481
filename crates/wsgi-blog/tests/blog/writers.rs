//! Several writers at once.

use std::thread;

use wsgi::testing::Request;
use wsgi_blog::Blog;

use crate::support::Temporary;

const WRITERS: usize = 8;
const CHANGES: usize = 10;

/// Adds a line to an entry until that has succeeded. Another writer may come first.
fn add_line(blog: &Blog, line: &str) {
    loop {
        let response = Request::get("/log")
            .header("Accept", "application/xml")
            .call(blog);
        let tag = response.headers().get("ETag").expect("a tag").to_string();
        let (_, text) = response.text().split_once("<text>").expect("a text");
        let text = text.split("</text>").next().unwrap_or_default();
        let put = Request::new("PUT", "/log").header("If-Match", tag);
        let put = put.body(format!("{text}{line}\n")).call(blog);
        match put.status().code() {
            200 => return,
            412 | 503 => {} // or the disk is slow
            other => panic!("{other}: {}", put.errors()),
        }
    }
}

/// Each writer opens the folder for itself, as processes do.
#[test]
fn writers_with_if_match_lose_no_line() {
    let blog = Temporary::new();
    blog.put("/log", "");
    thread::scope(|scope| {
        for writer in 0..WRITERS {
            let folder = blog.folder.path();
            scope.spawn(move || {
                let blog = Blog::open(folder).expect("the folder");
                for change in 0..CHANGES {
                    add_line(&blog, &format!("{writer}.{change}."));
                }
            });
        }
    });
    let text = blog.text("/log", "text/html");
    for writer in 0..WRITERS {
        for change in 0..CHANGES {
            let line = format!("{writer}.{change}.\n");
            assert_eq!(text.matches(&line).count(), 1, "{line} in {text}");
        }
    }
}

#[test]
fn of_several_creators_one_succeeds() {
    let blog = Temporary::new();
    let created: usize = thread::scope(|scope| {
        let create = |writer: usize| {
            let blog = &blog;
            scope.spawn(move || {
                let request = Request::new("PUT", "/once").header("If-None-Match", "*");
                let response = request.body(format!("{writer}")).call(blog);
                usize::from(response.status().code() == 201)
            })
        };
        let threads: Vec<_> = (0..WRITERS).map(create).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().expect("a count"))
            .sum()
    });
    assert_eq!(created, 1);
}

#[test]
fn the_limit_holds_for_all_writers_together() {
    let blog = Temporary::of(Blog::builder().max_entries(5));
    thread::scope(|scope| {
        for writer in 0..WRITERS {
            let blog = &blog;
            let put = move || blog.put(&format!("/{writer}"), "x");
            scope.spawn(move || while put() == 503 {});
        }
    });
    assert_eq!(blog.files().len(), 5);
}

/// A reader sees an entry as it was before a change or after it.
#[test]
fn readers_never_see_a_part() {
    let blog = Temporary::new();
    let texts = ["a".repeat(30_000), "b".repeat(50_000)];
    blog.put("/a", &texts[0]);
    thread::scope(|scope| {
        let writer = scope.spawn(|| {
            for change in 0..20 {
                assert_eq!(blog.put("/a", &texts[change % 2]), 200);
            }
        });
        while !writer.is_finished() {
            let response = Request::get("/a").call(&blog);
            assert_eq!(response.status().code(), 200, "{}", response.errors());
            let page = response.text();
            assert!(
                texts
                    .iter()
                    .any(|text| page.contains(&format!(">{text}</div>")))
            );
        }
    });
}
