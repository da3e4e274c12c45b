--[[ admit.lua -- may this request start, and what may it cost? One script, because what is checked
     must still be true when the money is reserved.

  KEYS[1]    sr:1:{o:ORG}:res:RID          hash    the reservation; also the mark "asked before"
  KEYS[2]    sr:1:{o:ORG}:open             zset    open reservations by deadline
  KEYS[3]    sr:1:{o:ORG}:paced            zset    keys of budgets that are to be paced, by their end
  KEYS[4]    sr:1:{o:ORG}:history          hash    who was admitted in which history (include/history.lua)
  KEYS[5..]  sr:1:{o:ORG}:key|team|org     hash    S records, innermost scope first
       then  sr:1:{o:ORG}:budget:...       hash    B budgets: spent, reserved, suspense (nano-dollars),
                                                   requests, pace (millionths)
       then  sr:1:{o:ORG}:rate:...         string  R rates (include/gcra.lua)

  ARGV[1]    now, us; 0 = Redis' clock      ARGV[2]   not after, us: a later call does nothing
  ARGV[3]    period begins, us              ARGV[4]   period ends, us: of all periods together
  ARGV[5]    time to live, us               ARGV[6]   request id
  ARGV[7]    owner                          ARGV[8]   payer: "TEAM KEY"
  ARGV[9]    budgets held: "SCOPE:PERIOD "  ARGV[10]  token rates held: "SCOPE:RATE "
  ARGV[11]   S     ARGV[12] B     ARGV[13] R     ARGV[14] kinds of rates
  ARGV[15]   history of the data: an id     ARGV[16]  worker that asks
  ARGV[17]   grace after a failover, us     ARGV[18]  writes that are older are not lost, us
  ARGV[19..] S * (version, "active" or "blocked", expires at us or 0, concurrency or -1);
             B * (limit, counter expires at s or 0);
             R * (limit, kind from 1, "tokens" or "requests"); candidates (include/walk.lua)

  A version stands for all of a record: where it is the caller's, so are the limits.

  Output     seven numbers and three for each kind of rate; what is not named is 0
    {"ok", now, candidate from 0, output tokens, reserved, left, pace, [limit, remaining, reset us]...}
    {"late" | "period" | "done", now}
    {"barrier", now, us until it ends at the latest}   the history is new (R4)
    {"stale" | "blocked" | "expired", now, scope}
    {"concurrency", now, scope, limit}
    {"rate", now, rate, limit, retry us}    {"rate_size", now, rate, limit}
    {"budget", now, budget, limit, free, free later, needed}
             left: of the tightest budget, -1 without one; pace: the largest of them, -1 when none
             is known; a limit of -1: no such rate

  Called by books_admit() in store/books_admit.c ]]
--- @include "now"
--- @include "int"
--- @include "gcra"
--- @include "budgets"
--- @include "walk"
--- @include "history"
--- @include "barrier"
--- @include "waited"

local res, open, paced, history, rid = KEYS[1], KEYS[2], KEYS[3], KEYS[4], ARGV[6]
local records = 4 -- keys before them
local n_scopes, n_budgets, n_rates = tonumber(ARGV[11]), tonumber(ARGV[12]), tonumber(ARGV[13])
local n_kinds = tonumber(ARGV[14])
local worker, window = ARGV[16], tonumber(ARGV[18])
local budget_args = 19 + 4 * n_scopes
local rate_args = budget_args + 2 * n_budgets
local candidates = rate_args + 3 * n_rates

local now = now_us(ARGV[1])

local function answer(status, ...)
    local t = { status, now, ... }
    for i = #t + 1, 7 + 3 * n_kinds do
        t[i] = 0
    end
    return t
end

-- live[scope] = requests in flight
local live = {}

local function check_records()
    for s = 1, n_scopes do
        local v, arg = redis.call('HMGET', KEYS[records + s], 'ver', 'live'), 15 + 4 * s
        local expires = tonumber(ARGV[arg + 2])
        live[s] = tonumber(v[2] or 0)
        if v[1] ~= ARGV[arg] then
            return answer('stale', s)
        elseif ARGV[arg + 1] ~= 'active' then
            return answer('blocked', s)
        elseif expires > 0 and now >= expires then
            return answer('expired', s)
        end
    end
end

local function check_concurrency()
    for s = 1, n_scopes do
        local limit = tonumber(ARGV[18 + 4 * s])
        if limit >= 0 and live[s] >= limit then
            return answer('concurrency', s, limit)
        end
    end
end

local function budget_key(i)
    return KEYS[records + n_scopes + i]
end

local function budget_end(i)
    return ARGV[budget_args + 2 * i - 1]
end

local function rate_key(i)
    return KEYS[records + n_scopes + n_budgets + i]
end

-- levels[i] = what rate i would be at with this request; without a candidate only requests count
local levels = {}

local function check_rates(tokens)
    local worst, longest = nil, 0
    for i = 1, n_rates do
        local arg = rate_args + 3 * (i - 1)
        local limit, n = tonumber(ARGV[arg]), ARGV[arg + 2] == 'tokens' and tokens or 1
        local level = gcra_level(redis.call('GET', rate_key(i)), limit, now)
        if n > limit or limit == 0 then
            return answer('rate_size', i, limit)
        end
        levels[i] = level + n * MINUTE
        local wait = math.ceil((levels[i] - limit * MINUTE) / limit)
        if wait > longest then
            worst, longest = answer('rate', i, limit, wait), wait
        end
    end
    return worst
end

-- for each kind of rate the scope with the smallest part left: limit, remaining, reset
local function rate_figures()
    local t, least = {}, {}
    for i = 1, 3 * n_kinds do
        t[i] = i % 3 == 1 and -1 or 0
    end
    for i = 1, n_rates do
        local arg = rate_args + 3 * (i - 1)
        local limit, kind = tonumber(ARGV[arg]), tonumber(ARGV[arg + 1])
        local remaining = math.floor(limit - levels[i] / MINUTE)
        if not least[kind] or remaining / limit < least[kind] then
            least[kind] = remaining / limit
            t[3 * kind - 2], t[3 * kind - 1] = limit, remaining
            t[3 * kind] = math.ceil(levels[i] / limit)
        end
    end
    return t
end

-- the first request in a budget that ends has it paced from now on
local function is_to_be_paced(b, i)
    return not b.requests and budget_end(i) ~= '0'
end

-- fails where the first request in a budget would: with a list of a wrong type
local function check_paced(budgets)
    for i, b in ipairs(budgets) do
        if is_to_be_paced(b, i) then
            redis.call('ZCARD', paced)
            return
        end
    end
end

-- one more request in each budget
local function count_request(budgets)
    for i, b in ipairs(budgets) do
        redis.call('HINCRBY', budget_key(i), 'requests', '1')
        if is_to_be_paced(b, i) then
            redis.call('ZADD', paced, budget_end(i), budget_key(i))
        end
    end
end

-- 1. asked before?
local known = redis.call('HMGET', res, 'st', 'a1', 'rates_left')
if known[1] == 'O' and known[2] then
    local t = { 'ok', now }
    unpack_answer(known[2], t)
    t[#t + 1] = -1
    unpack_answer(known[3], t)
    return t
elseif known[1] then
    return answer('done')
end

-- 2. every check, nothing written
if now > tonumber(ARGV[2]) then
    return answer('late')
end
local ends, seen = barrier_until(history, ARGV[15], worker, now, tonumber(ARGV[17]), window)
if ends > 0 then
    return answer('barrier', ends - now)
end
local denied = check_records()
if denied then
    return denied
elseif now < tonumber(ARGV[3]) or now >= tonumber(ARGV[4]) then
    return answer('period')
end
local budgets = read_budgets(n_budgets, budget_key, function(i)
    return tonumber(ARGV[budget_args + 2 * (i - 1)])
end)
local chosen, needed = choose(candidates, budgets.free)
denied = check_concurrency() or check_rates(chosen and chosen.counts or 0)
if denied then
    return denied
elseif not chosen then
    local i = in_the_way(budgets, needed)
    return answer('budget', i, budgets[i].limit, budgets[i].free, budgets[i].later, needed)
end

-- 3. every write; first those to keys that were not read, whose type could be wrong
local left = n_budgets > 0 and budgets.free - chosen.cost or -1
local figures = rate_figures()
check_paced(budgets)
redis.call('ZADD', open, int(now + ARGV[5]), rid)
mark_worker(history, ARGV[15], worker, seen, now, window)
reserve(budgets, chosen.cost, budget_key, budget_end)
count_request(budgets)
for i = 1, n_rates do
    gcra_write(rate_key(i), levels[i], tonumber(ARGV[rate_args + 3 * (i - 1)]), now)
end
for s = 1, n_scopes do
    redis.call('HINCRBY', KEYS[records + s], 'live', '1')
end
redis.call('HSET', res, 'st', 'O', 'n', '1', 's1', 'O', 'r1', int(chosen.cost),
    'a1', pack_answer(chosen.at, chosen.tokens, chosen.cost, left),
    'rates_left', pack_answer(unpack(figures)),
    'budgets', ARGV[9], 'rates', ARGV[10], 'tokens', int(chosen.counts),
    'payer', ARGV[8], 'owner', ARGV[7], 'issued', int(now))
return answer('ok', chosen.at, chosen.tokens, chosen.cost, left, budgets.pace, unpack(figures))
