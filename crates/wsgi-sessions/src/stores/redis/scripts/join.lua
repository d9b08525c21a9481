-- KEYS: the list of an owner, and how often all of it was ended. ARGV: a session's key, '' for none,
-- and its end.
local key, till = ARGV[4], ARGV[5]
if key ~= '' then join(KEYS[1], key, number(till, 1)) end
return get(KEYS[2]) or ''
