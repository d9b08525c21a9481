-- KEYS: the list of an owner, and the count of how often all its sessions were ended. ARGV: the key
-- of a session, '' for none, and its end.
local key, till = ARGV[4], ARGV[5]
if key ~= '' then join(KEYS[1], key, number(till, 1)) end
return get(KEYS[2]) or ''
