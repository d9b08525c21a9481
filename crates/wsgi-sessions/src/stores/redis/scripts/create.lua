-- KEYS: the session's, and that beside it. ARGV: its key, its record, its annex, its owner, and
-- whether it takes the place of another.
local key, record, annex, owner, replaces = unpack(ARGV, 4, 8)
local state, version = standing(get(KEYS[1]))
if state == 'LIVE' and version == record:sub(2, 17) then return is_apart and 'AGAIN' or 'DONE' end
if state ~= 'ABSENT' then return 'EXISTS' end
-- A script that has removed something may write though the memory is full.
if replaces ~= '' then redis.call('DEL', KEYS[1]) end
put(KEYS[1], KEYS[2], record, annex)
if owner ~= '' and not is_apart then join(list_of(owner), key, number(record, 34)) end
return 'DONE'
