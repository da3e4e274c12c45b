--[[ lease_renew.lua -- stay the leading coordinator. One script, because the lease must still be
     mine when it is prolonged.

  KEYS[1]    sr:1:{fleet}:lease            string  who leads
  KEYS[2]    sr:1:{fleet}:token            string  the highest fencing token given out

  ARGV[1]    now, us; 0 = Redis' clock      ARGV[2]   me
  ARGV[3]    my token                       ARGV[4]   time to live, ms

  Output     {1, token, now, when it ends (us)} I still lead    {0, 0, now, now} I do not

  Called by lease_renew() in store/lease.c ]]
--- @include "now"

local lease, token_key, me, token, life_ms = KEYS[1], KEYS[2], ARGV[2], ARGV[3], ARGV[4]
local now = now_us(ARGV[1])

if redis.call('GET', lease) ~= me or redis.call('GET', token_key) ~= token then
    return { 0, 0, now, now }
end
redis.call('PEXPIRE', lease, life_ms)
return { 1, tonumber(token), now, now + life_ms * 1000 }
