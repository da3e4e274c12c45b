--[[ lease_take.lua -- become the leading coordinator, if nobody is. One script, because token and
     lease must change together.

  KEYS[1]    sr:1:{fleet}:lease            string  who leads; gone when nobody does
  KEYS[2]    sr:1:{fleet}:token            string  the highest fencing token given out

  ARGV[1]    now, us; 0 = Redis' clock      ARGV[2]   me      ARGV[3]   time to live, ms

  A new token is at least the time in ms: tokens keep rising when a failover forgets the last one.

  Output     {1, token, now, when it ends (us)} I lead
             {0, 0, now, when its lease ends (us)} somebody else does

  Called by lease_take() in store/lease.c ]]
--- @include "now"
--- @include "int"

local lease, token_key, me, life_ms = KEYS[1], KEYS[2], ARGV[2], ARGV[3]
local now = now_us(ARGV[1])
local owner = redis.call('GET', lease)
local token = tonumber(redis.call('GET', token_key) or 0)

if owner and owner ~= me then
    return { 0, 0, now, now + math.max(redis.call('PTTL', lease), 0) * 1000 }
end
if not owner then
    token = math.max(token + 1, math.floor(now / 1000))
    redis.call('SET', token_key, int(token))
end
redis.call('SET', lease, me, 'PX', life_ms)
return { 1, token, now, now + life_ms * 1000 }
