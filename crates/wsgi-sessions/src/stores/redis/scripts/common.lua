-- Common part of all scripts. The offsets are those of an encoded record, of the mark of a retired
-- key and of an encoded annex.
--
-- ARGV[1] is the caller's time. ARGV[2] is the prefix of all names. ARGV[3] says where the other
-- ids of a session and the list of its owner are: 'apart' if they are in other slots of a cluster,
-- and the caller handles them. Otherwise they are here, and it says whether the prefix has braces.

-- Numbers of eight bytes are read in halves, because a 32-bit Redis cannot read more at once. Sums
-- are exact for the times of the next 200,000 years.
local function number(bytes, at)
  local high, low = struct.unpack('>I4I4', bytes, at)
  return high * 4294967296 + low
end

local now, prefix = number(ARGV[1], 1), ARGV[2]
local is_apart, is_tagged = ARGV[3] == 'apart', ARGV[3] == 'tagged'

local function get(name)
  local value = redis.pcall('GET', name)
  -- A value that is not a string is an error, and not ours.
  if type(value) == 'table' then return '' end
  return value
end

-- Returns how long Redis keeps an entry that lives until then: five minutes longer, and at most a
-- hundred years.
local function kept(till)
  return string.format('%.0f', math.min(math.max(till - now, 0) + 300000, 3153600000000))
end

-- Returns the end of an encoded record.
local function ends(record)
  return math.min(number(record, 26), number(record, 34))
end

-- Returns the state of an entry: 'LIVE' with its version, 'RETIRED' with its end, 'ABSENT' or
-- 'FOREIGN'.
local function standing(entry)
  if not entry then return 'ABSENT' end
  local layout, length = entry:byte(1), #entry
  if layout == 0 and length == 9 then
    local till = number(entry, 2)
    if now < till then return 'RETIRED', till end
    return 'ABSENT'
  end
  if layout ~= 1 or length < 49 or number(entry, 42) ~= length - 49 or length > 4194353 then
    return 'FOREIGN'
  end
  if now < ends(entry) then return 'LIVE', entry:sub(2, 17) end
  return 'ABSENT'
end

-- Returns the record and the annex that a retired key reads.
local function copied(beside)
  if not beside or beside:byte(1) ~= 2 or #beside < 54 then return end
  local length = struct.unpack('>I4', beside, 2)
  if length < 49 or #beside < length + 5 then return end
  return beside:sub(6, length + 5), beside:sub(length + 6)
end

-- Returns the annex of a live session.
local function annexed(beside)
  if beside and beside:byte(1) == 1 then return beside end
  return ''
end

-- Returns the owner in an annex, '' for none, and the retired keys.
local function read(annex)
  local owner, retired, at = '', {}, 2
  while at + 2 <= #annex do
    local kind, length = annex:byte(at), annex:byte(at + 1) * 256 + annex:byte(at + 2)
    local part = annex:sub(at + 3, at + 2 + length)
    if kind == 1 then owner = part end
    if kind == 6 then retired[#retired + 1] = part:sub(1, 32) end
    at = at + 3 + length
  end
  return owner, retired
end

-- Writes a record and its annex. The annex is kept for as long as the session may live. Before its
-- cookie has come back, it is kept only a little longer than the record, so that it is evicted as
-- early.
local function put(name, beside, record, annex)
  redis.call('SET', name, record, 'PX', kept(ends(record)))
  if annex == '' then
    redis.call('DEL', beside)
  else
    local is_proved = number(record, 26) >= now + number(record, 18)
    local till = is_proved and number(record, 34) or ends(record) + 300000
    redis.call('SET', beside, annex, 'PX', kept(till))
  end
end

-- Returns the two names of a session.
local function names(key)
  local name = prefix .. key:gsub('.', function(byte) return ('%02x'):format(byte:byte()) end)
  if is_tagged then return name, name .. ':more' end
  return name, prefix .. '{' .. name .. '}:more'
end

local function list_of(owner)
  return prefix .. '{owner:' .. owner .. '}'
end

-- Adds a key to a list until then, and removes keys that ended more than a day ago.
local function join(list, key, till)
  redis.call('ZADD', list, string.format('%.0f', till), key)
  redis.call('ZREMRANGEBYSCORE', list, '-inf', string.format('%.0f', now - 86400000))
  local lasts = kept(till + 86400000)
  if redis.call('PTTL', list) < tonumber(lasts) then redis.call('PEXPIRE', list, lasts) end
end

-- Ends the retired key of a session that has ended.
local function finish(key)
  local name, beside = names(key)
  if standing(get(name)) == 'LIVE' then return end
  local _, annex = copied(get(beside))
  redis.call('DEL', name, beside)
  local owner = read(annex or '')
  if owner ~= '' then redis.call('ZREM', list_of(owner), key) end
end
