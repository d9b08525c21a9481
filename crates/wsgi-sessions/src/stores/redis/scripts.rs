//! What Redis runs: each script reads and writes one key, so that it is atomic, and a cluster knows
//! where to send it.

use redis::{Cmd, Script};

use crate::Record;
use crate::stores::entry;

// The places and lengths in the scripts are those of an encoded record and of a mark.
const _: () = assert!(Record::IDLE_UNTIL_AT == 25 && entry::MARK == 9);
const _: () =
    assert!(Record::MAX_DATA == 4_194_304 && Record::MAX_ENCODED - Record::MAX_DATA == 49);

/// What each script begins with: what stands under the key at the time of its first argument. The
/// second is how long Redis is to keep what is written.
///
/// Numbers of eight bytes are read in halves, since a Redis of 32 bits reads no more at once; where
/// they are added, the times of the next 200,000 years are exact.
const STANDING: &str = r"
local entry = redis.call('GET', KEYS[1])
local state, version, idle_until = 'ABSENT'
if entry then
  local high, low = struct.unpack('>I4I4', ARGV[1])
  local now = high * 4294967296 + low
  local layout, length = entry:byte(1), #entry
  if layout == 0 and length == 9 then
    high, low = struct.unpack('>I4I4', entry, 2)
    if now < high * 4294967296 + low then state = 'RETIRED' end
  elseif layout == 1 and length >= 49 then
    local a, b, c, d, e, f = struct.unpack('>I4I4I4I4I4I4', entry, 26)
    if e ~= 0 or f ~= length - 49 or f > 4194304 then
      state = 'CORRUPT'
    else
      idle_until = a * 4294967296 + b
      if now < idle_until and now < c * 4294967296 + d then
        state, version = 'LIVE', entry:sub(2, 17)
      end
    end
  else
    state = 'CORRUPT'
  end
end
";

const CREATE: &str = r"
local record = ARGV[3]
if state == 'LIVE' and version == record:sub(2, 17) then return 'DONE' end
if state == 'LIVE' or state == 'RETIRED' then return 'EXISTS' end
if state == 'CORRUPT' then return 'CORRUPT' end
redis.call('SET', KEYS[1], record, 'PX', ARGV[2])
return 'DONE'
";

const SAVE: &str = r"
local expected, record = ARGV[3], ARGV[4]
if state == 'CORRUPT' then return 'CORRUPT' end
if state ~= 'LIVE' then return 'GONE' end
if version ~= expected then
  if version == record:sub(2, 17) then return 'DONE' end
  return {'CONFLICT', entry}
end
redis.call('SET', KEYS[1], record, 'PX', ARGV[2])
return 'DONE'
";

// What needs no more room than stands there is done although the memory is full: a script that has
// removed something may write.

const TOUCH: &str = r"
if state == 'CORRUPT' then return 'CORRUPT' end
if state ~= 'LIVE' then return 'GONE' end
local high, low = struct.unpack('>I4I4', ARGV[3])
if idle_until < high * 4294967296 + low then
  redis.call('DEL', KEYS[1])
  redis.call('SET', KEYS[1], entry:sub(1, 25) .. ARGV[3] .. entry:sub(34), 'PX', ARGV[2])
end
return 'DONE'
";

const RETIRE: &str = r"
local expected, mark = ARGV[3], ARGV[4]
if state == 'CORRUPT' and expected ~= '' then return 'CORRUPT' end
if state == 'ABSENT' or state == 'RETIRED' then return 'GONE' end
if expected ~= '' and version ~= expected then return {'CONFLICT', entry} end
redis.call('DEL', KEYS[1])
redis.call('SET', KEYS[1], mark, 'PX', ARGV[2])
return 'DONE'
";

/// The scripts of the store.
pub(super) struct Scripts {
    pub(super) create: Prepared,
    pub(super) save: Prepared,
    pub(super) touch: Prepared,
    pub(super) retire: Prepared,
}

/// A script, and the hash that Redis knows it by once it has run.
pub(super) struct Prepared {
    text: String,
    hash: String,
}

/// A request, and what to ask instead where Redis does not know its script.
pub(super) struct Call {
    pub(super) request: Cmd,
    pub(super) whole: Option<Cmd>,
}

impl Scripts {
    pub(super) fn new() -> Self {
        let prepare = |script| {
            let text = format!("{STANDING}{script}");
            let hash = Script::new(&text).get_hash().to_owned();
            Prepared { text, hash }
        };
        Self {
            create: prepare(CREATE),
            save: prepare(SAVE),
            touch: prepare(TOUCH),
            retire: prepare(RETIRE),
        }
    }
}

impl Prepared {
    /// The call of the script for a key.
    pub(super) fn call(&self, key: &str, arguments: &[&[u8]]) -> Call {
        let cmd = |verb, script: &str| {
            let mut cmd = redis::cmd(verb);
            cmd.arg(script).arg(1).arg(key).arg(arguments);
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
