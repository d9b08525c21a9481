-- KEYS: the two names of the old session and, unless they are apart, those of the new one. ARGV:
-- the old key, the expected version, the end of the grace, the new key, record, annex and owner,
-- and the owners whose counts the caller watches if they are apart.
local old, expected, grace, new, record, annex, owner, watched = unpack(ARGV, 4, 11)
if not is_apart then
  local state, version = standing(get(KEYS[3]))
  if state == 'LIVE' and version == record:sub(2, 17) then return 'DONE' end
  if state ~= 'ABSENT' then return 'EXISTS' end
end

local copy, beside = get(KEYS[1]), get(KEYS[2])
local state, version, former = standing(copy)
if state == 'LIVE' then
  former = annexed(beside)
elseif state == 'RETIRED' then
  copy, former = copied(beside)
end
if not former then return 'GONE' end
if copy:sub(2, 17) ~= expected then return {'CONFLICT', copy, former} end
local whose, retired = read(former)
if is_apart and whose ~= '' and not watched:find('\0' .. whose .. '\0', 1, true) then
  return {'WATCH', whose}
end

local is_graceful = now < number(grace, 1)
local function remove()
  redis.call('DEL', KEYS[1], KEYS[2])
  if whose == '' then return end
  if is_apart then
    -- This mark tells an `end_all` of the owner that there was a session, so that it looks again.
    redis.call('SET', KEYS[1], '\0' .. ARGV[1], 'PX', kept(now))
  else
    redis.call('ZREM', list_of(whose), old)
  end
end
if state == 'RETIRED' then
  if not is_graceful then remove() end
else
  local till = math.min(number(grace, 1), ends(copy))
  if now < till then
    -- Without room for the copy there is none.
    local kept_copy = '\2' .. struct.pack('>I4', #copy) .. copy .. former
    local has_copy = not redis.pcall('SET', KEYS[2], kept_copy, 'PX', kept(till)).err
    redis.call('DEL', KEYS[1])
    local mark = '\0' .. struct.pack('>I4I4', math.floor(till / 4294967296), till % 4294967296)
    redis.call('SET', KEYS[1], mark, 'PX', kept(till))
    if not has_copy then redis.call('DEL', KEYS[2]) end
    -- Ending all sessions of the owner ends the copy, too.
    if whose ~= '' and not is_apart then join(list_of(whose), old, till) end
  else
    remove()
  end
end
if is_apart then return {'DONE', former} end
if not is_graceful then
  for _, other in ipairs(retired) do finish(other) end
end
put(KEYS[3], KEYS[4], record, annex)
if owner ~= '' then join(list_of(owner), new, number(record, 34)) end
return 'DONE'
