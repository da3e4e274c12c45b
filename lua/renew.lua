--[[ renew.lua -- a new deadline for an open reservation; deadlines never move back. One script,
     because Redis' clock counts.

  KEYS[1]    sr:1:{o:ORG}:open             zset    open reservations by deadline

  ARGV[1]    now, us; 0 = Redis' clock      ARGV[2]   request id      ARGV[3]   time to live, us

  Output     {"ok"}    {"none"} it is not open

  Called by books_renew() in store/books_settle.c ]]
--- @include "now"
--- @include "int"

local open, rid = KEYS[1], ARGV[2]
local now = now_us(ARGV[1])

if not redis.call('ZSCORE', open, rid) then
    return { 'none' }
end
redis.call('ZADD', open, 'XX', 'GT', int(now + ARGV[3]), rid)
return { 'ok' }
