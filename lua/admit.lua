--[[ admit.lua -- may this request start, and what may it cost? One script, because what is checked
     must still be true when the money is reserved.

  KEYS[1]    sr:1:{o:ORG}:res:RID          hash    the reservation; also the mark "asked before"
  KEYS[2]    sr:1:{o:ORG}:open             zset    open reservations by deadline
  KEYS[3..]  sr:1:{o:ORG}:key|team|org     hash    S records, innermost scope first
       then  sr:1:{o:ORG}:budget:...       hash    B budgets: spent, reserved, suspense (nano-dollars)
       then  sr:1:{o:ORG}:rate:...         string  R rates (include/gcra.lua)

  ARGV[1]    now, us; 0 = Redis' clock      ARGV[2]   not after, us: a later call does nothing
  ARGV[3]    period begins, us              ARGV[4]   period ends, us: of all periods together
  ARGV[5]    time to live, us               ARGV[6]   request id
  ARGV[7]    owner                          ARGV[8]   payer: "TEAM KEY"
  ARGV[9]    budgets held: "SCOPE:PERIOD "  ARGV[10]  token rates held: "SCOPE:RATE "
  ARGV[11]   S    ARGV[12] F, fields of limits    ARGV[13] B    ARGV[14] R    ARGV[15] kinds of rates
  ARGV[16..] S versions; F names of fields; B * (scope, field, counter expires at s or 0);
             R * (scope, field, kind, "tokens" or "requests"); candidates (include/walk.lua)
             Scopes, fields, kinds count from 1.

  Output     seven numbers and three for each kind of rate; what is not named is 0
    {"ok", now, candidate from 0, output tokens, reserved, left, 0, [limit, remaining, reset us]...}
    {"late" | "period" | "done", now}
    {"stale" | "blocked" | "expired", now, scope}
    {"concurrency", now, scope, limit}
    {"rate", now, rate, limit, retry us}    {"rate_size", now, rate, limit}
    {"budget", now, budget, limit, free, free later, needed}
             left: of the tightest budget, -1 without one; a limit of -1: no such rate

  Called by books_admit() in store/books_admit.c ]]
--- @include "now"
--- @include "int"
--- @include "gcra"
--- @include "walk"

local res, open, rid = KEYS[1], KEYS[2], ARGV[6]
local n_scopes, n_fields = tonumber(ARGV[11]), tonumber(ARGV[12])
local n_budgets, n_rates, n_kinds = tonumber(ARGV[13]), tonumber(ARGV[14]), tonumber(ARGV[15])
local fields = 16 + n_scopes
local budget_args = fields + n_fields
local rate_args = budget_args + 3 * n_budgets
local candidates = rate_args + 4 * n_rates
local LIMITS = 5 -- values before the limits in what is read of a record

local now = now_us(ARGV[1])

local function answer(status, ...)
    local t = { status, now, ... }
    for i = #t + 1, 7 + 3 * n_kinds do
        t[i] = 0
    end
    return t
end

local function record_key(scope)
    return KEYS[2 + scope]
end

local function budget_key(i)
    return KEYS[2 + n_scopes + i]
end

local function rate_key(i)
    return KEYS[2 + n_scopes + n_budgets + i]
end

-- records[scope] = { ver, status, expires, live, concurrency, limits... }
local records = {}

local function limit_at(arg)
    return tonumber(records[tonumber(ARGV[arg])][LIMITS + ARGV[arg + 1]])
end

local function check_records()
    for s = 1, n_scopes do
        local v = redis.call('HMGET', record_key(s), 'ver', 'status', 'expires', 'live',
            'concurrency', unpack(ARGV, fields, fields + n_fields - 1))
        local expires = tonumber(v[3] or 0)
        records[s] = v
        if v[1] ~= ARGV[15 + s] then
            return answer('stale', s)
        elseif v[2] ~= 'active' then
            return answer('blocked', s)
        elseif expires > 0 and now >= expires then
            return answer('expired', s)
        end
    end
end

local function check_concurrency()
    for s = 1, n_scopes do
        local limit = tonumber(records[s][5])
        if limit and tonumber(records[s][4] or 0) >= limit then
            return answer('concurrency', s, limit)
        end
    end
end

-- levels[i] = what rate i would be at with this request; without a candidate only requests count
local levels = {}

local function check_rates(tokens)
    local worst, longest = nil, 0
    for i = 1, n_rates do
        local arg = rate_args + 4 * (i - 1)
        local limit, n = limit_at(arg), ARGV[arg + 3] == 'tokens' and tokens or 1
        local level = gcra_level(redis.call('GET', rate_key(i)), limit, now)
        if n > limit then
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
        local arg = rate_args + 4 * (i - 1)
        local limit, kind = limit_at(arg), tonumber(ARGV[arg + 2])
        local remaining = math.floor(limit - levels[i] / MINUTE)
        if not least[kind] or remaining / limit < least[kind] then
            least[kind] = remaining / limit
            t[3 * kind - 2], t[3 * kind - 1] = limit, remaining
            t[3 * kind] = math.ceil(levels[i] / limit)
        end
    end
    return t
end

-- 1. asked before?
local known = redis.call('HMGET', res, 'st', 'a1', 'rates_left')
if known[1] == 'O' then
    local t = { 'ok', now }
    unpack_answer(known[2], t)
    t[#t + 1] = 0
    unpack_answer(known[3], t)
    return t
elseif known[1] then
    return answer('done')
end

-- 2. every check, nothing written
if now > tonumber(ARGV[2]) then
    return answer('late')
end
local denied = check_records()
if denied then
    return denied
elseif now < tonumber(ARGV[3]) or now >= tonumber(ARGV[4]) then
    return answer('period')
end
local budgets = read_budgets(n_budgets, budget_key, function(i)
    return limit_at(budget_args + 3 * (i - 1))
end)
local at, tokens, cost = choose(candidates, budgets.free)
redis.call('ZSCORE', open, rid) -- fails before anything is written if this is no zset
denied = check_concurrency() or check_rates(at and ARGV[at + 5] + tokens or 0)
if denied then
    return denied
elseif not at then
    local needed = cheapest(candidates)
    local i = in_the_way(budgets, needed)
    return answer('budget', i, budgets[i].limit, budgets[i].free, budgets[i].later, needed)
end

-- 3. every write
local chosen = (at - candidates) / CANDIDATE
local left = n_budgets > 0 and budgets.free - cost or -1
local figures = rate_figures()
reserve(budgets, cost, budget_key, function(i)
    return ARGV[budget_args + 3 * i - 1]
end)
for i = 1, n_rates do
    gcra_write(rate_key(i), levels[i], limit_at(rate_args + 4 * (i - 1)), now)
end
for s = 1, n_scopes do
    redis.call('HINCRBY', record_key(s), 'live', 1)
end
redis.call('HSET', res, 'st', 'O', 'n', 1, 's1', 'O', 'r1', int(cost),
    'a1', pack_answer(chosen, tokens, cost, left), 'rates_left', pack_answer(unpack(figures)),
    'budgets', ARGV[9], 'rates', ARGV[10], 'tokens', int(ARGV[at + 5] + tokens),
    'payer', ARGV[8], 'owner', ARGV[7], 'issued', int(now))
redis.call('ZADD', open, int(now + ARGV[5]), rid)
return answer('ok', chosen, tokens, cost, left, 0, unpack(figures))
