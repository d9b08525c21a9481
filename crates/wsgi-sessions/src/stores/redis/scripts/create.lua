-- KEYS: the two names of the session. ARGV: its key, record, annex and owner, and whether it
-- replaces another session.
local key, record, annex, owner, replaces = unpack(ARGV, 4, 8)
local state, version = standing(get(KEYS[1]))
if state == 'LIVE' and version == record:sub(2, 17) then return is_apart and 'AGAIN' or 'DONE' end
if state ~= 'ABSENT' then return 'EXISTS' end
-- A script that has removed something may write even if the memory is full.
if replaces ~= '' then redis.call('DEL', KEYS[1]) end
put(KEYS[1], KEYS[2], record, annex)
if owner ~= '' and not is_apart then join(list_of(owner), key, number(record, 34)) end
return 'DONE'
