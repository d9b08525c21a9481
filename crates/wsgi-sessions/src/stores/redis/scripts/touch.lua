-- KEYS: the two names of the session. ARGV: its idle deadline.
local deadline = ARGV[4]
local entry = get(KEYS[1])
if standing(entry) ~= 'LIVE' then return 'GONE' end
if number(entry, 26) < number(deadline, 1) then
  local touched = entry:sub(1, 25) .. deadline .. entry:sub(34)
  -- This needs no more room, so it works even if the memory is full.
  redis.call('DEL', KEYS[1])
  redis.call('SET', KEYS[1], touched, 'PX', kept(ends(touched)))
  redis.call('PEXPIRE', KEYS[2], kept(number(entry, 34)))
end
return 'DONE'
