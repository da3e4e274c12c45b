--[[ reassert.lua -- Redis may have lost its latest writes: a gateway tells again what it holds for a
     request in flight (R3). Nothing is asked, not even whether it fits, for the request runs; and
     nothing is held twice.

  KEYS[1]    sr:1:{o:ORG}:res:RID          hash    the reservation
  KEYS[2]    sr:1:{o:ORG}:open             zset    open reservations by deadline
  KEYS[3..]  sr:1:{o:ORG}:key|team|org     hash    S records, innermost scope first
       then  sr:1:{o:ORG}:budget:...       hash    B budgets
       then  sr:1:{o:ORG}:rate:...         string  R rates

  ARGV[1]    now, us; 0 = Redis' clock      ARGV[2]   not after, us: a later call does nothing
  ARGV[3]    request id                     ARGV[4]   issued, us
  ARGV[5]    time to live, us               ARGV[6]   owner
  ARGV[7]    payer: "TEAM KEY"              ARGV[8]   budgets held: "SCOPE:PERIOD "
  ARGV[9]    token rates held: "SCOPE:RATE "
  ARGV[10]   tokens that it counts against token rates
  ARGV[11]   S     ARGV[12] B     ARGV[13] R
  ARGV[14..] B seconds when counters expire or 0; R * (limit, "tokens" or "requests");
             open attempts: (number, nano-dollars reserved)

  Output
    {"ok", nano-dollars that were missing}
    {"late", 0}    {"done", 0} the request has ended

  Called by books_reassert() in store/books_reassert.c ]]
--- @include "now"
--- @include "int"
--- @include "gcra"
--- @include "reservation"

local res, open, rid = KEYS[1], KEYS[2], ARGV[3]
local records = 2 -- keys before them
local n_scopes, n_budgets, n_rates = tonumber(ARGV[11]), tonumber(ARGV[12]), tonumber(ARGV[13])
local budget_args = 13 -- arguments before them
local rate_args = budget_args + n_budgets + 1
local attempt_args = rate_args + 2 * n_rates

local now = now_us(ARGV[1])

-- attempts of which nothing is there
local function add_attempts()
    for arg = attempt_args, #ARGV, 2 do
        local i, reserved = tonumber(ARGV[arg]), ARGV[arg + 1]
        if not r['s' .. i] then
            set('s' .. i, 'O')
            set('r' .. i, reserved)
            move.reserved = move.reserved + reserved
        end
        if i > tonumber(r.n or 0) then
            set('n', i)
        end
    end
end

-- not even its settle knew of it, or knew all
local function add_reservation()
    set('st', 'O')
    set('tokens', ARGV[10])
    set('budgets', ARGV[8])
    set('rates', ARGV[9])
    set('payer', ARGV[7])
    set('owner', ARGV[6])
    set('issued', ARGV[4])
end

-- levels[i] = what rate i would be at with this request
local function read_rates()
    local levels = {}
    for i = 1, n_rates do
        local arg = rate_args + 2 * (i - 1)
        local limit = tonumber(ARGV[arg])
        local n = ARGV[arg + 1] == 'tokens' and tonumber(ARGV[10]) or 1
        local cell = redis.call('GET', KEYS[records + n_scopes + n_budgets + i])
        if limit > 0 then
            levels[i] = gcra_level(cell, limit, now) + n * MINUTE
        end
    end
    return levels
end

-- 1. what is there
read_reservation(res)
local was = r.st
if r['end'] then
    return { 'done', 0 }
elseif now > tonumber(ARGV[2]) then
    return { 'late', 0 }
end

-- 2. what is to change, and every read
local levels = not r.tokens and read_rates() or {}
if was ~= 'O' then
    add_reservation()
end
add_attempts()
redis.call('ZCARD', open)
check_budgets(records + n_scopes, n_budgets)
local there = {}
for s = 1, was ~= 'O' and n_scopes or 0 do
    there[s] = redis.call('HGET', KEYS[records + s], 'ver')
end

-- 3. every write
redis.call('ZADD', open, 'GT', int(now + ARGV[5]), rid)
for s = 1, n_scopes do
    if there[s] then
        redis.call('HINCRBY', KEYS[records + s], 'live', '1')
    end
end
for i, level in pairs(levels) do
    gcra_write(KEYS[records + n_scopes + n_budgets + i], level, tonumber(ARGV[rate_args + 2 * (i - 1)]), now)
end
write_budgets(records + n_scopes, n_budgets, budget_args)
if #changed > 0 then
    write_reservation(res)
end
write_life(res, was, 0, now)
return { 'ok', move.reserved }
