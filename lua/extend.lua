--[[ extend.lua -- reserve money for one more attempt of an open request: the same walk as admit's,
     in the budgets in which the request was admitted.

  KEYS[1]    sr:1:{o:ORG}:res:RID          hash    the reservation
  KEYS[2]    sr:1:{o:ORG}:history          hash    who was admitted in which history (include/history.lua)
  KEYS[3..]  sr:1:{o:ORG}:key|team|org     hash    S records, innermost scope first
       then  sr:1:{o:ORG}:budget:...       hash    B budgets

  ARGV[1]    now, us; 0 = Redis' clock      ARGV[2]   not after, us: a later call does nothing
  ARGV[3]    attempt, from 2                ARGV[4]   S     ARGV[5] B
  ARGV[6]    history of the data: an id     ARGV[7]   worker that asks
  ARGV[8]    grace after a failover, us     ARGV[9]   writes that are older are not lost, us
  ARGV[10..] B * (scope, field of its limit, counter expires at s or 0); candidates (include/walk.lua)

  Output     seven numbers; what is not named is 0
    {"ok", now, candidate from 0, output tokens, reserved, left of the tightest budget or -1}
    {"late" | "done", now}     done: the request has ended, or this attempt has
    {"barrier", now, us until it ends at the latest}   the history is new (R4)
    {"blocked", now, scope}    the record is blocked, or gone
    {"budget", now, budget, limit, free, free later, needed}

  Called by books_extend() in store/books_admit.c ]]
--- @include "now"
--- @include "int"
--- @include "budgets"
--- @include "walk"
--- @include "history"
--- @include "barrier"

local res, attempt = KEYS[1], tonumber(ARGV[3])
local n_scopes, n_budgets = tonumber(ARGV[4]), tonumber(ARGV[5])
local records = 2 -- keys before them
local budget_args = 10
local candidates = budget_args + 3 * n_budgets

local now = now_us(ARGV[1])

local function answer(status, ...)
    local t = { status, now, ... }
    for i = #t + 1, 7 do
        t[i] = 0
    end
    return t
end

local function budget_key(i)
    return KEYS[records + n_scopes + i]
end

local function limit_of(i)
    local arg = budget_args + 3 * (i - 1)
    return tonumber(redis.call('HGET', KEYS[records + ARGV[arg]], ARGV[arg + 1]))
end

-- 1. asked before? over?
local known = redis.call('HMGET', res, 'st', 'n', 's' .. attempt, 'a' .. attempt)
if known[1] ~= 'O' or (known[3] and not (known[3] == 'O' and known[4])) then
    return answer('done')
elseif known[3] then
    local t = { 'ok', now }
    unpack_answer(known[4], t)
    t[7] = 0
    return t
end

-- 2. every check, nothing written
if now > tonumber(ARGV[2]) then
    return answer('late')
end
local ends = barrier_until(KEYS[2], ARGV[6], ARGV[7], now, tonumber(ARGV[8]), tonumber(ARGV[9]))
if ends > 0 then
    return answer('barrier', ends - now)
end
for s = 1, n_scopes do
    if redis.call('HGET', KEYS[records + s], 'status') ~= 'active' then
        return answer('blocked', s)
    end
end
local budgets = read_budgets(n_budgets, budget_key, limit_of)
local chosen, needed = choose(candidates, budgets.free)
if not chosen then
    local i = in_the_way(budgets, needed)
    return answer('budget', i, budgets[i].limit, budgets[i].free, budgets[i].later, needed)
end

-- 3. every write; what was told again may know of no attempt yet
local newest = math.max(attempt, tonumber(known[2] or 0))
local left = budgets.free < math.huge and budgets.free - chosen.cost or -1
reserve(budgets, chosen.cost, budget_key, function(i)
    return ARGV[budget_args + 3 * i - 1]
end)
redis.call('HSET', res, 'n', newest, 's' .. attempt, 'O',
    'r' .. attempt, int(chosen.cost),
    'a' .. attempt, pack_answer(chosen.at, chosen.tokens, chosen.cost, left))
return answer('ok', chosen.at, chosen.tokens, chosen.cost, left)
