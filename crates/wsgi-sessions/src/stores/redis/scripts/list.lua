-- KEYS: the list of an owner. ARGV: the owner. Returns for each session its key, its record without
-- the data, and its annex.
local owner, sessions = ARGV[4], {}
for _, key in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  local name, aside = names(key)
  local entry = get(name)
  if standing(entry) == 'LIVE' then
    local annex = annexed(get(aside))
    if read(annex) == owner then
      sessions[#sessions + 1] = key
      sessions[#sessions + 1] = entry:sub(1, 41) .. ('\0'):rep(8)
      sessions[#sessions + 1] = annex
    end
  end
end
return sessions
