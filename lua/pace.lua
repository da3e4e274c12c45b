--[[ pace.lua -- the multiplier of a budget from now on, and what it rests on. One script, because
     the token is the fence: what an old leader sends late must not replace what a newer one knows.

  KEYS[1]    sr:1:{o:ORG}:budget:...       hash    the budget in its current period
  KEYS[2]    sr:1:{o:ORG}:pace:...         hash    what the pace of all its periods rests on

  ARGV[1]    my token      ARGV[2] the multiplier, millionths
  ARGV[3]    by how many percent the requests to come would cost more than what is left
  ARGV[4]    when what it rests on may go, s since 1970
  ARGV[5..]  fields and values of that

  Output     {"ok"}    {"fenced"} a newer leader has written    {"gone"} there is no such budget

  Called by pace_write() in store/pace.c ]]
local budget, rests_on = KEYS[1], KEYS[2]
local newest = tonumber(redis.call('HGET', rests_on, 'token') or 0)

if tonumber(ARGV[1]) < newest then
    return { 'fenced' }
elseif redis.call('HLEN', budget) == 0 then
    return { 'gone' }
end
redis.call('HSET', rests_on, 'token', ARGV[1], unpack(ARGV, 5))
redis.call('EXPIREAT', rests_on, ARGV[4])
redis.call('HSET', budget, 'pace', ARGV[2], 'ahead', ARGV[3])
return { 'ok' }
