//! What Redis runs: each script reads and writes one key, so that it is atomic, and a cluster knows
//! where to send it.

use redis::{Cmd, Script};

use crate::{Record, entry};

// The places in the scripts are those of an encoded record and of a mark.
const _: () = assert!(Record::IDLE_UNTIL_AT == 25 && entry::MARK == 9);

/// What each script begins with: what stands under the key at the time of its first argument.
const STANDING: &str = r"
local now, kept = ARGV[1], ARGV[2]
local entry = redis.call('GET', KEYS[1])

-- Times are eight bytes, the greatest first. Lua's own order depends on the locale.
local function before(a, b)
  for i = 1, 8 do
    local x, y = a:byte(i), b:byte(i)
    if x ~= y then return x < y end
  end
  return false
end

local function standing()
  if not entry then return 'ABSENT' end
  if #entry == 9 and entry:byte(1) == 0 then
    return before(now, entry:sub(2, 9)) and 'RETIRED' or 'ABSENT'
  end
  if #entry < 49 or entry:byte(1) ~= 1 then return 'CORRUPT' end
  local lives = before(now, entry:sub(26, 33)) and before(now, entry:sub(34, 41))
  return lives and 'LIVE' or 'ABSENT'
end

local function version(record) return record:sub(2, 17) end
local function put(value) redis.call('SET', KEYS[1], value, 'PX', kept) end
-- For what needs no more room than stands there: a script that has removed something may
-- write although the memory is full.
local function put_in_place(value)
  redis.call('DEL', KEYS[1])
  put(value)
end
local state = standing()
";

const CREATE: &str = r"
local record = ARGV[3]
if state == 'LIVE' and version(entry) == version(record) then return {'DONE'} end
if state == 'LIVE' or state == 'RETIRED' then return {'EXISTS'} end
if state == 'CORRUPT' then return {'CORRUPT'} end
put(record)
return {'DONE'}
";

const SAVE: &str = r"
local expected, record = ARGV[3], ARGV[4]
if state == 'CORRUPT' then return {'CORRUPT'} end
if state ~= 'LIVE' then return {'GONE'} end
if version(entry) == version(record) then return {'DONE'} end
if version(entry) ~= expected then return {'CONFLICT', entry} end
put(record)
return {'DONE'}
";

const TOUCH: &str = r"
local idle_until = ARGV[3]
if state == 'CORRUPT' then return {'CORRUPT'} end
if state ~= 'LIVE' then return {'GONE'} end
if before(entry:sub(26, 33), idle_until) then
  put_in_place(entry:sub(1, 25) .. idle_until .. entry:sub(34))
end
return {'DONE'}
";

const RETIRE: &str = r"
local expected, mark = ARGV[3], ARGV[4]
if state == 'CORRUPT' and expected ~= '' then return {'CORRUPT'} end
if state == 'ABSENT' or state == 'RETIRED' then return {'GONE'} end
if expected ~= '' and version(entry) ~= expected then return {'CONFLICT', entry} end
put_in_place(mark)
return {'DONE'}
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
