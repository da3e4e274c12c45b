--[[ forget.lua -- drop what nobody needs any more from a hash or a sorted set. One script, because
     the lease is the fence: what an old leader sends late must not drop what is new.

  KEYS[1]    sr:1:{...}:fence              string  the token of the newest leader that wrote here
  KEYS[2]    sr:1:{o:ORG}:paced            zset    budgets in which money moves
             sr:1:{v:VENDOR}:health        hash    tallies

  ARGV[1]    now, us; 0 = Redis' clock     ARGV[2] my token     ARGV[3] when my lease ends, us
  ARGV[4]    "ZREM" or "HDEL"
  ARGV[5..]  names

  Output     {"ok"}    {"fenced"} another one leads

  Called by lease_forget() in store/lease.c ]]
--- @include "now"
--- @include "fence"

local fence, token = KEYS[1], ARGV[2]

if not leads(fence, token, ARGV[3], now_us(ARGV[1])) then
    return { 'fenced' }
end
shut_out_older(fence, token)
redis.call(ARGV[4], KEYS[2], unpack(ARGV, 5))
return { 'ok' }
