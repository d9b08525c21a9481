//! The scripts that Redis runs for the store, each atomic.
//!
//! The names of one session hash alike, so that a cluster knows where to send a script. Other ids
//! of the session and the list of its owner are elsewhere: see [`cluster`](super::cluster).

use redis::{Cmd, Script};

use crate::{
    record::{Annex, Record},
    stores::entry,
};

// The offsets and lengths in the scripts are those of an encoded record, of a mark and of an annex.
const _: () = assert!(Record::IDLE_UNTIL_AT == 25 && entry::MARK == 9);
const _: () =
    assert!(Record::MAX_DATA == 4_194_304 && Record::MAX_ENCODED - Record::MAX_DATA == 49);
const _: () = assert!(Annex::MAX_ENCODED == 2_048);

/// The scripts of the store.
pub(super) struct Scripts {
    pub(super) create: Prepared,
    pub(super) save: Prepared,
    pub(super) touch: Prepared,
    pub(super) renew: Prepared,
    pub(super) end: Prepared,
    pub(super) end_all: Prepared,
    pub(super) list: Prepared,
    pub(super) join: Prepared,
    pub(super) begin_end_all: Prepared,
}

/// A script, and the hash by which Redis knows it once it has run.
pub(super) struct Prepared {
    text: String,
    hash: String,
}

/// A request, and a longer one for a Redis that does not know its script.
pub(super) struct Call {
    pub(super) request: Cmd,
    pub(super) whole: Option<Cmd>,
}

impl Scripts {
    pub(super) fn new() -> Self {
        let prepare = |script| {
            let text = concat(include_str!("scripts/common.lua"), script);
            let hash = Script::new(&text).get_hash().to_owned();
            Prepared { text, hash }
        };
        Self {
            create: prepare(include_str!("scripts/create.lua")),
            save: prepare(include_str!("scripts/save.lua")),
            touch: prepare(include_str!("scripts/touch.lua")),
            renew: prepare(include_str!("scripts/renew.lua")),
            end: prepare(include_str!("scripts/end.lua")),
            end_all: prepare(include_str!("scripts/end_all.lua")),
            list: prepare(include_str!("scripts/list.lua")),
            join: prepare(include_str!("scripts/join.lua")),
            begin_end_all: prepare(include_str!("scripts/begin_end_all.lua")),
        }
    }
}

/// Joins two scripts and removes the comments, which Redis need not read.
fn concat(common: &str, script: &str) -> String {
    let lines = common.lines().chain(script.lines());
    let code = lines.filter(|line| !line.trim_start().starts_with("--"));
    code.collect::<Vec<_>>().join("\n")
}

impl Prepared {
    /// Makes a call of the script.
    pub(super) fn call(&self, keys: &[&[u8]], arguments: &[&[u8]]) -> Call {
        let cmd = |verb, script: &str| {
            let mut cmd = redis::cmd(verb);
            cmd.arg(script).arg(keys.len()).arg(keys).arg(arguments);
            cmd
        };
        Call {
            request: cmd("EVALSHA", &self.hash),
            whole: Some(cmd("EVAL", &self.text)),
        }
    }
}

impl From<Cmd> for Call {
    fn from(request: Cmd) -> Self {
        Self {
            request,
            whole: None,
        }
    }
}
