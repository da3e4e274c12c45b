--[[ escrow_hold.lua -- set money of a payer aside for one gateway, to be spent while Redis is away: a
     slice. It is a reservation of no request: it counts as reserved in every budget, settle takes from
     it what was paid from it, and its own settle gives back the rest.

  KEYS[1]    sr:1:{o:ORG}:res:SLICE        hash    the slice
  KEYS[2]    sr:1:{o:ORG}:open             zset    open reservations by deadline
  KEYS[3]    sr:1:{o:ORG}:history          hash    who was admitted in which history (include/history.lua)
  KEYS[4..]  sr:1:{o:ORG}:key|team|org     hash    S records, innermost scope first
       then  sr:1:{o:ORG}:budget:...       hash    B budgets

  ARGV[1]    now, us; 0 = Redis' clock      ARGV[2]   not after, us: a later call does nothing
  ARGV[3]    period begins, us              ARGV[4]   period ends, us: of all periods together
  ARGV[5]    time to live, us               ARGV[6]   slice
  ARGV[7]    owner                          ARGV[8]   payer: "TEAM KEY"
  ARGV[9]    budgets held: "SCOPE:PERIOD "  ARGV[10]  number of this call; an older one does nothing
  ARGV[11]   used: what was paid from it so far, nano-dollars
  ARGV[12]   kept: what the gateway counts on, of all that was ever given: never less is given, unless a
             failover of Redis lost the slice and others were faster; but never less than was used
  ARGV[13]   wanted: what should be left of it
  ARGV[14]   share, millionths of what is free: no more should be left of it
  ARGV[15]   least: less than this left is of no use
  ARGV[16]   S     ARGV[17] B
  ARGV[18]   history of the data: an id     ARGV[19]  worker that asks
  ARGV[20]   grace after a failover, us     ARGV[21]  writes that are older are not lost, us
  ARGV[22..] S * (version, "active" or "blocked", expires at us or 0);
             B * (limit, counter expires at s or 0)

  Output     status, now, given, due
    {"ok", now, given in all, due: what would be given if nothing had to be kept}
    {"late" | "stale" | "blocked" | "expired" | "period", now, 0, 0}
    {"barrier", now, 0, 0}   the history is new (R4): what is kept is given again, and nothing else
    {"done", now, 0, 0}   it was settled, or is in suspense: there will be no more of it

  Called by books_hold() in store/books_escrow.c ]]
--- @include "now"
--- @include "int"
--- @include "budgets"
--- @include "history"
--- @include "barrier"
--- @include "waited"

local res, open, history, slice = KEYS[1], KEYS[2], KEYS[3], ARGV[6]
local records = 3 -- keys before them
local used, kept = tonumber(ARGV[11]), tonumber(ARGV[12])
local n_scopes, n_budgets = tonumber(ARGV[16]), tonumber(ARGV[17])
local worker, window = ARGV[19], tonumber(ARGV[21])
local budget_args = 22 + 3 * n_scopes

local now = now_us(ARGV[1])

local function answer(status, given, due)
    return { status, now, given or 0, due or 0 }
end

local function check_records()
    for s = 1, n_scopes do
        local arg = 19 + 3 * s
        local expires = tonumber(ARGV[arg + 2])
        if redis.call('HGET', KEYS[records + s], 'ver') ~= ARGV[arg] then
            return answer('stale')
        elseif ARGV[arg + 1] ~= 'active' then
            return answer('blocked')
        elseif expires > 0 and now >= expires then
            return answer('expired')
        end
    end
end

local function budget_key(i)
    return KEYS[records + n_scopes + i]
end

local function budget_end(i)
    return ARGV[budget_args + 2 * i - 1]
end

-- 1. what is there
local known = redis.call('HMGET', res, 'st', 'r1', 'given', 'call')
local given = tonumber(known[3] or 0)
if known[1] and known[1] ~= 'O' then
    return answer('done')
end
if now > tonumber(ARGV[2]) or tonumber(ARGV[10]) <= tonumber(known[4] or 0) then
    return answer('late')
end
local barred, seen = barrier_until(history, ARGV[18], worker, now, tonumber(ARGV[20]), window)
local held = math.max(kept, used)
if barred > 0 and held == 0 then
    return answer('barrier')
end
local denied = check_records()
if denied then
    return denied
elseif now < tonumber(ARGV[3]) or now >= tonumber(ARGV[4]) then
    return answer('period')
end

-- 2. what it should be: a share of all that it and the budgets have free
local budgets = read_budgets(n_budgets, budget_key, function(i)
    return tonumber(ARGV[budget_args + 2 * (i - 1)])
end)
local left = math.max(0, given - used)
local share = math.floor(math.max(0, budgets.free + left) / 1000000 * ARGV[14])
local wanted = math.min(tonumber(ARGV[13]), share)
if wanted < tonumber(ARGV[15]) then
    wanted = 0
end
local due = barred > 0 and held or used + wanted
local target = math.max(held, due)
if target > given then
    target = math.max(given, used, math.min(target, given + math.max(0, budgets.free)))
end
local change = math.max(target - given, -tonumber(known[2] or 0))

-- 3. every write
redis.call('ZADD', open, int(now + ARGV[5]), slice)
mark_worker(history, ARGV[18], worker, seen, now, window)
reserve(budgets, change, budget_key, budget_end)
redis.call('HSET', res, 'st', 'O', 'n', '1', 's1', 'O', 'r1', int((known[2] or 0) + change),
    'given', int(target), 'call', ARGV[10], 'slice', '1', 'budgets', ARGV[9], 'rates', '',
    'payer', ARGV[8], 'owner', ARGV[7])
if not known[1] then
    redis.call('HSET', res, 'issued', int(now))
end
return answer('ok', target, due)
