--[[ breaker_probe.lua -- be the one who probes a breaker. One script, because in the whole fleet only
     one may: the token fences those who come late.

  KEYS[1]    sr:1:{v:VENDOR}:breakers      hash    breaker by name, "#" and "@" (doc/redis-keys.md)

  ARGV[1]    now, us; 0 = Redis' clock     ARGV[2] channel for news        ARGV[3] its word
  ARGV[4]    name of the breaker           ARGV[5] how long the probe may take, us
  ARGV[6]    history of the data: an id    ARGV[7] grace after a failover, us

  A probe whose time is over has left its place to the next. A failover may have lost who had one, and for
  a moment some may still ask the primary of before: until all of those are over, nobody gets one.

  Output     {"granted", token, change}    {"no", 0}
             change: "half NAME", as breaker_report.lua tells it; "" if it was half before

  Called by breakers_probe() in store/breakers.c ]]
--- @include "now"
--- @include "int"
--- @include "began"
--- @include "breaker"

local key, name = KEYS[1], ARGV[4]
local now, b = now_us(ARGV[1]), breaker_read(redis.call('HGET', KEYS[1], ARGV[4]))

if (b.state ~= 'open' and b.state ~= 'half') or now < b.until_us or now < b.blocked then
    return { 'no', 0 }
end
local began = ARGV[6] ~= '' and breakers_began(key, ARGV[6], now)
if not began or now < began + ARGV[7] + ARGV[5] then
    return { 'no', 0 }
end
local change = b.state == 'open' and 'half ' .. name or ''
b.token = math.max(b.token + 1, now) -- it rises, even when a failover forgot the last one
b.state, b.until_us = 'half', now + tonumber(ARGV[5])
redis.call('HSET', key, name, breaker_text(b))
breakers_tell(key, ARGV[2], ARGV[3])
return { 'granted', b.token, change }
