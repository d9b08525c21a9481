-- KEYS: the two names of the session. ARGV: its key; the owner that it must have, '' for any; and
-- 'copy' to end only a retired session.
local key, owner, only = ARGV[4], ARGV[5], ARGV[6]
local entry, beside = get(KEYS[1]), get(KEYS[2])
local state = standing(entry)
local _, annex = copied(beside)
if state ~= 'RETIRED' then annex = annexed(beside) end
if state == 'LIVE' and only == 'copy' then return {'GONE', ''} end
local whose, retired = read(annex or '')
-- If Redis has evicted the annex, the list decides.
if owner ~= '' and whose ~= owner and beside then return {'GONE', ''} end
redis.call('DEL', KEYS[1], KEYS[2])
if not is_apart then
  if whose ~= '' then redis.call('ZREM', list_of(whose), key) end
  for _, other in ipairs(retired) do finish(other) end
end
local was = 'GONE'
if state == 'LIVE' then
  was = 'DONE'
elseif state == 'RETIRED' and annex or state == 'FOREIGN' then
  was = 'COPY'
elseif entry and entry:byte(1) == 0 then
  was = 'MARK'
end
return {was, annex or ''}
