-- KEYS: the list of an owner, and the count of how often all its sessions were ended. A running
-- renewal reads the count again within a day.
redis.call('INCR', KEYS[2])
redis.call('PEXPIRE', KEYS[2], 86400000)
return redis.call('ZRANGE', KEYS[1], 0, -1)
