--[[ pace.lua -- the multiplier of a budget from now on, and what it rests on. One script, because
     the lease is the fence: what an old leader sends late must not replace what a newer one knows.

  KEYS[1]    sr:1:{o:ORG}:budget:...       hash    the budget in its current period
  KEYS[2]    sr:1:{o:ORG}:pace:...         hash    what the pace of all its periods rests on

  KEYS[3]    sr:1:{o:ORG}:fence            string  the token of the newest leader that wrote here

  ARGV[1]    now, us; 0 = Redis' clock     ARGV[2] my token     ARGV[3] when my lease ends, us
  ARGV[4]    the multiplier, millionths
  ARGV[5]    by how many percent the requests to come would cost more than what is left
  ARGV[6]    when what it rests on may go, s since 1970
  ARGV[7..]  fields and values of that

  Output     {"ok"}    {"fenced"} another one leads    {"gone"} there is no such budget

  Called by pace_write() in store/pace.c ]]
--- @include "now"
--- @include "fence"

local budget, rests_on, fence, token = KEYS[1], KEYS[2], KEYS[3], ARGV[2]

if not leads(fence, token, ARGV[3], now_us(ARGV[1])) then
    return { 'fenced' }
elseif redis.call('HLEN', budget) == 0 then
    return { 'gone' }
end
shut_out_older(fence, token)
redis.call('HSET', rests_on, unpack(ARGV, 7))
redis.call('EXPIREAT', rests_on, ARGV[6])
redis.call('HSET', budget, 'pace', ARGV[4], 'ahead', ARGV[5])
return { 'ok' }
