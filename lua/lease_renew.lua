--[[ lease_renew.lua -- stay the leading coordinator. One script, because the lease must still be
     mine when it is prolonged.

  KEYS[1]    sr:1:{fleet}:lease            string  who leads
  KEYS[2]    sr:1:{fleet}:token            string  the highest fencing token given out

  ARGV[1]    me      ARGV[2] my token      ARGV[3] time to live, ms

  Output     {1, token} I still lead    {0, 0} I do not

  Called by lease_renew() in store/fleet.c ]]
local lease, token_key, me, token = KEYS[1], KEYS[2], ARGV[1], ARGV[2]

if redis.call('GET', lease) ~= me or redis.call('GET', token_key) ~= token then
    return { 0, 0 }
end
redis.call('PEXPIRE', lease, ARGV[3])
return { 1, tonumber(token) }
