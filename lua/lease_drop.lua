--[[ lease_drop.lua -- stop leading, and tell those who stand by, so that they need not wait. One
     script, because only my own lease may go.

  KEYS[1]    sr:1:{fleet}:lease            string  who leads
  KEYS[2]    sr:1:{fleet}:token            string  the highest fencing token given out

  ARGV[1]    me      ARGV[2] my token      ARGV[3] channel for news

  Output     {1, token} I led, and do no more    {0, 0} I did not lead

  Called by lease_drop() in store/lease.c ]]
local lease, token_key, me, token = KEYS[1], KEYS[2], ARGV[1], ARGV[2]

if redis.call('GET', lease) ~= me or redis.call('GET', token_key) ~= token then
    return { 0, 0 }
end
redis.call('DEL', lease)
redis.call('PUBLISH', ARGV[3], 'leaderless ' .. token)
return { 1, tonumber(token) }
