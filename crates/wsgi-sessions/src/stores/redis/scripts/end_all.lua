-- KEYS: the list of an owner. ARGV: the owner.
local owner, ended, others = ARGV[4], 0, {}
for _, key in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  local name, aside = names(key)
  local entry, beside = get(name), get(aside)
  local state = standing(entry)
  local _, annex = copied(beside)
  if state ~= 'RETIRED' then annex = annexed(beside) end
  local whose, retired = read(annex or '')
  -- If Redis has evicted the annex, the list decides.
  if whose == owner or not beside then
    redis.call('DEL', name, aside)
    for _, other in ipairs(retired) do others[#others + 1] = other end
    if state == 'LIVE' then ended = ended + 1 end
  end
end
-- A copy has retired keys that end with it, as every session does.
for _, other in ipairs(others) do finish(other) end
redis.call('DEL', KEYS[1])
return tostring(ended)
