-- KEYS: the two names of the session. ARGV: its key, the expected version, its record, annex and
-- owner, and the owner whose list already has the key if that is apart.
local key, expected, record, annex, owner, joined = unpack(ARGV, 4, 9)
local entry, beside = get(KEYS[1]), get(KEYS[2])
local state, version = standing(entry)
if state == 'RETIRED' then return 'RETIRED' end
if state ~= 'LIVE' then return 'GONE' end
local before = annexed(beside)
if version ~= expected then
  if version == record:sub(2, 17) then return 'DONE' end
  return {'CONFLICT', entry, before}
end
local former = read(before)
-- The list keeps a key for as long as its session may live.
local joins = owner ~= '' and (former ~= owner or number(record, 34) > number(entry, 34))
if is_apart and joins and joined ~= owner then return 'JOIN' end
if not is_apart and former ~= owner and former ~= '' then
  redis.call('ZREM', list_of(former), key)
end
-- A save that needs no more room works even if the memory is full.
if #record + #annex <= #entry + #before then redis.call('DEL', KEYS[1]) end
put(KEYS[1], KEYS[2], record, annex)
if is_apart then
  if former ~= owner then return {'DONE', former} end
elseif joins then
  join(list_of(owner), key, number(record, 34))
end
return 'DONE'
