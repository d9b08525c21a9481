-- KEYS: the list of an owner, and how often all of it was ended, which a renewal that is under way
-- looks at again within the day.
redis.call('INCR', KEYS[2])
redis.call('PEXPIRE', KEYS[2], 86400000)
return redis.call('ZRANGE', KEYS[1], 0, -1)
