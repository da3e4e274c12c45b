--[[ lease_take.lua -- become the leading coordinator, if nobody is. One script, because token and
     lease must change together.

  KEYS[1]    sr:1:{fleet}:lease            string  who leads; gone when nobody does
  KEYS[2]    sr:1:{fleet}:token            string  the highest fencing token given out
  KEYS[3]    sr:1:{fleet}:lease_history    string  "ID BEGAN": the history of the data in which it was
                                                   asked for last, and since when (us)

  ARGV[1]    now, us; 0 = Redis' clock      ARGV[2]   me      ARGV[3]   time to live, ms
  ARGV[4]    history of the data: an id     ARGV[5]   grace after a failover, us

  A new token is at least the time in ms: tokens keep rising when a failover forgets the last one. For a
  moment after one some may still ask the primary of before: nobody begins to lead until all know.

  Output     {1, token, now, when it ends (us)} I lead
             {0, 0, now, until when (us)} somebody else does, or nobody may yet

  Called by lease_take() in store/lease.c ]]
--- @include "now"
--- @include "int"
--- @include "began"

local lease, token_key, me, life_ms = KEYS[1], KEYS[2], ARGV[2], ARGV[3]
local history_key, history, grace = KEYS[3], ARGV[4], tonumber(ARGV[5])
local now = now_us(ARGV[1])
local owner = redis.call('GET', lease)
local token = tonumber(redis.call('GET', token_key) or 0)

-- from when on somebody may begin to lead
local function free_from()
    if history == '' then
        return now + grace
    end
    local began, new = began_in(redis.call('GET', history_key), history, now)
    if new then
        redis.call('SET', history_key, new)
    end
    return began + grace
end

if owner and owner ~= me then
    return { 0, 0, now, now + math.max(redis.call('PTTL', lease), 0) * 1000 }
end
if not owner then
    local from = free_from()
    if now < from then
        return { 0, 0, now, from }
    end
    token = math.max(token + 1, math.floor(now / 1000))
    redis.call('SET', token_key, int(token))
end
redis.call('SET', lease, me, 'PX', life_ms)
return { 1, token, now, now + life_ms * 1000 }
