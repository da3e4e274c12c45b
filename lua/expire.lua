--[[ expire.lua -- an open reservation past its deadline: nobody settled it, so what it holds goes to
     suspense, where it counts as spent until somebody knows (R5).

  KEYS[1]    sr:1:{o:ORG}:res:RID          hash    the reservation
  KEYS[2]    sr:1:{o:ORG}:open             zset    open reservations by deadline
  KEYS[3]    sr:1:{o:ORG}:suspense         zset    reservations with money in suspense
  KEYS[4]    sr:1:{o:ORG}:fence            string  the token of the newest leader that wrote here
  KEYS[5..]  sr:1:{o:ORG}:key|team|org     hash    S records
       then  sr:1:{o:ORG}:budget:...       hash    B budgets

  ARGV[1]    now, us; 0 = Redis' clock      ARGV[2]   request id
  ARGV[3]    a finished one is kept, us     ARGV[4]   one with an estimate is kept, us
  ARGV[5]    my token                       ARGV[6]   when my lease ends, us
  ARGV[7]    S                              ARGV[8]   B
  ARGV[9..]  B seconds when counters expire, or 0

  Output
    {"ok", nano-dollars that went to suspense}    {"none", 0} it is not open
    {"early", 0}   not yet overdue; also when it began after the caller looked (S is 0 then)
    {"fenced", 0}  another one leads

  Called by books_expire() in store/books_settle.c ]]
--- @include "now"
--- @include "int"
--- @include "fence"
--- @include "reservation"
--- @include "ending"

local res, open, suspense, rid = KEYS[1], KEYS[2], KEYS[3], ARGV[2]
local fence, token = KEYS[4], ARGV[5]
local n_scopes, n_budgets = tonumber(ARGV[7]), tonumber(ARGV[8])
local now = now_us(ARGV[1])

if not leads(fence, token, ARGV[6], now) then
    return { 'fenced', 0 }
end
read_reservation(res)
if r.st ~= 'O' then
    redis.call('ZREM', open, rid)
    return { 'none', 0 }
end
if n_scopes == 0 or tonumber(redis.call('ZSCORE', open, rid) or 0) > now then
    return { 'early', 0 }
end

local was_in_suspense = has_attempt('X')
suspend_open(now)
close()

redis.call('ZCARD', suspense)
check_budgets(4 + n_scopes, n_budgets)
local live = read_live(4, n_scopes)

shut_out_older(fence, token)
leave(4, live)
redis.call('ZREM', open, rid)
write_budgets(4 + n_scopes, n_budgets, 8)
write_reservation(res)
write_suspense(suspense, rid, was_in_suspense, now)
write_life(res, 'O', kept_us(tonumber(ARGV[3]), tonumber(ARGV[4])), now)
return { 'ok', move.suspense }
