//! A cleared environ has nothing left of its request.

use std::{
    io::{BufRead, Read, Result, Write},
    mem,
    panic::{AssertUnwindSafe, catch_unwind, panic_any},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
};

use wsgi_environ::{Base, Environ, Errors, Field, Input};

#[test]
fn clearing_removes_everything_that_belongs_to_a_request() {
    let mut environ = Environ::new();
    environ.set_base(&Arc::new(Base::new().url_scheme("gopher").run_once(true)));
    let text = b"REQUEST_METHODGET";
    let method = Field {
        name: (0, 14),
        value: (14, 17),
    };
    environ.receive_variables(text, [method]).unwrap();
    environ.set("X", "x");
    environ.set_url_scheme("https");
    environ.set_input(Input::from_bytes("body"));
    environ.set_errors(Errors::discard());
    environ.set_multithread(true);
    environ.set_multiprocess(true);
    environ.set_run_once(false);
    environ.insert_extension(1_u8);
    environ.on_finished(|_, _| unreachable!("a cleared hook does not run"));

    environ.clear();
    assert!(environ.to_map().is_empty());
    assert_eq!(environ.url_scheme(), "gopher");
    assert_eq!(environ.input().remaining(), Some(0));
    assert_eq!(format!("{:?}", environ.errors()), "Errors::stderr");
    assert!(!environ.multithread());
    assert!(!environ.multiprocess());
    assert!(environ.run_once());
    assert_eq!(environ.extension::<u8>(), None);
    assert!(!environ.has_hooks());
}

/// A value that counts its drop. Once its fuse is lit, it then panics with another such value.
struct Bomb(Arc<Fuse>);

#[derive(Default)]
struct Fuse {
    is_lit: AtomicBool,
    drops: AtomicUsize,
}

impl Drop for Bomb {
    fn drop(&mut self) {
        self.0.drops.fetch_add(1, SeqCst);
        if self.0.is_lit.load(SeqCst) {
            panic_any(Bomb(self.0.clone()));
        }
    }
}

impl Read for Bomb {
    fn read(&mut self, _: &mut [u8]) -> Result<usize> {
        Ok(0)
    }
}

impl BufRead for Bomb {
    fn fill_buf(&mut self) -> Result<&[u8]> {
        Ok(&[])
    }
    fn consume(&mut self, _: usize) {}
}

impl Write for Bomb {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        Ok(bytes.len())
    }
    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}

#[test]
fn every_value_in_an_environ_is_dropped_even_if_each_drop_panics() {
    let fuse = Arc::new(Fuse::default());
    let bomb = || Bomb(fuse.clone());
    let mut environ = Environ::new();
    environ.insert_extension(bomb());
    environ.insert_extension((bomb(), 0u8));
    environ.set_input(Input::from_source(bomb()));
    environ.set_errors(Errors::to(bomb()));
    for _ in 0..2 {
        let left = bomb();
        environ.on_finished(move |_, _| drop(left));
    }
    assert_eq!(fuse.drops.load(SeqCst), 0);
    fuse.is_lit.store(true, SeqCst);
    let cleared = catch_unwind(AssertUnwindSafe(|| environ.clear())).map_err(mem::forget);
    fuse.is_lit.store(false, SeqCst);
    assert_eq!((cleared, fuse.drops.load(SeqCst)), (Ok(()), 6));
    assert!(!environ.has_hooks() && environ.extension::<Bomb>().is_none());
}
