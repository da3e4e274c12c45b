--[[ settle.lua -- charge an attempt once, give back what was reserved too much; with "final" the
     request ends. One script, because what leaves `reserved` must arrive in `spent`. It says
     everything itself (R2): it works when the admit is lost, or late, and can be repeated.

  KEYS[1]    sr:1:{o:ORG}:res:RID          hash    the reservation
  KEYS[2]    sr:1:{o:ORG}:open             zset    open reservations by deadline
  KEYS[3]    sr:1:{o:ORG}:suspense         zset    reservations with money in suspense
  KEYS[4]    sr:1:{o:ORG}:ledger           stream  one entry a charge, and one at the end of a request
  KEYS[5]    sr:1:{o:ORG}:answer:RID       string  whose answer it is, until it is rated
  KEYS[6]    sr:1:{o:ORG}:res:SLICE        hash    the slice that paid; without one KEYS[1] again
  KEYS[7..]  sr:1:{o:ORG}:key|team|org     hash    S records
       then  sr:1:{o:ORG}:budget:...       hash    B budgets in which the attempt was reserved
       then  sr:1:{o:ORG}:rate:...         string  R token rates

  ARGV[1]    now, us; 0 = Redis' clock      ARGV[2]   request id
  ARGV[3]    issued, us                     ARGV[4]   attempt from 1; 0: none, the request ends
  ARGV[5]    cost, nano-dollars; unknown: what was at stake, if Redis lost the reservation
  ARGV[6]    "exact", "estimated" or "unknown"
  ARGV[7]    "final" or ""                  ARGV[8]   tokens used by the request; -1 = not known
  ARGV[9]    a finished one is kept, us     ARGV[10]  one with an estimate is kept, us
  ARGV[11]   owner                          ARGV[12]  payer: "TEAM KEY"
  ARGV[13]   budgets held: "SCOPE:PERIOD "  ARGV[14]  token rates held: "SCOPE:RATE "
  ARGV[15]   entries kept in the ledger     ARGV[16]  "used": an entry even at no cost, or ""
  ARGV[17]   whose answer it is, "TEAM KEY VENDOR/MODEL TASK"; "": it is not to be rated
  ARGV[18]   how long it can be, us
  ARGV[19]   escrow: "" = it was reserved by admit or extend, SLICE = a slice paid, "-" = nothing was
             reserved for it
  ARGV[20]   this charge was sent first then, us
  ARGV[21]   entry of the ledger that said of this charge, when it was confirmed before; else ""
  ARGV[22]   S    ARGV[23] B    ARGV[24] R
  ARGV[25]   of the ledger's fields and values those that say whose it is; 0: it is no request
  ARGV[26..] B seconds when counters expire or 0; R * (scope, field of its limit);
             fields and values for the ledger: whose it is, then what was used

  Output
    {"ok", over, entry}  charged; by how many nano-dollars above what was reserved; the entry of
                         the ledger that says so, or ""
    {"again", 0, ""}     it was charged before: nothing was done
    {"old", 0, ""}       no reservation, and sent first too long ago to know whether it was charged
                         then: nothing done

  Called by books_settle() in store/books_settle.c ]]
--- @include "now"
--- @include "int"
--- @include "gcra"
--- @include "reservation"
--- @include "ending"

local res, open, suspense, ledger, answer = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local slice, escrow = KEYS[6], ARGV[19]
local records = 6 -- keys before them
local rid, attempt, cost, kind = ARGV[2], tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[6]
local n_scopes, n_budgets, n_rates = tonumber(ARGV[22]), tonumber(ARGV[23]), tonumber(ARGV[24])
local whose = tonumber(ARGV[25])
local budget_args = 25 -- arguments before them
local rate_args = budget_args + n_budgets + 1
local ledger_args = rate_args + 2 * n_rates
local s, c, e, held = 's' .. attempt, 'c' .. attempt, 'e' .. attempt, 'r' .. attempt

local now = now_us(ARGV[1])
local charged = false
local over = 0
local drawn = 0 -- what the slice gives
local entry = '' -- of the ledger
local holds = { O = 'reserved', X = 'suspense' } -- where an attempt in that state has its money

local function charge(amount)
    move.spent = move.spent + amount
    charged = true
    set(s, 'S')
    set(c, int(cost))
    set(e, kind == 'estimated' and '1' or '0')
end

-- An attempt that admit and extend know nothing of may have been paid from a slice: what it takes is
-- reserved there, in the same budgets; in suspense, if nobody renewed the slice.
local function draw(amount)
    if escrow == '' then
        return
    end
    local t = redis.call('HMGET', slice, 's1', 'r1', 'budgets')
    local from = holds[t[1]]
    if from and escrow ~= '-' and t[3] == ARGV[13] then
        drawn = math.min(amount, tonumber(t[2]))
        move[from] = move[from] - drawn
    end
    set('f' .. attempt, escrow)
end

-- what an attempt becomes, by what it was
local function settle_attempt()
    local from = holds[r[s]]
    if r[s] == 'S' then
        if r[e] == '1' and kind == 'exact' then
            charge(cost - r[c])
        end
    elseif kind == 'unknown' then
        if not from then
            move.suspense = move.suspense + cost
            set(held, int(cost))
            draw(cost)
        elseif from == 'reserved' then
            shift('reserved', 'suspense', tonumber(r[held]))
        end
        if from ~= 'suspense' then
            suspend(attempt, now)
        end
    else
        if from then
            move[from] = move[from] - r[held]
            over = math.max(0, cost - r[held])
        else
            draw(cost)
        end
        charge(cost)
    end
    if attempt > tonumber(r.n or 0) then
        set('n', attempt)
    end
end

-- `ended`: it also says how the request ended, with so many attempts
local function write_entry(corrects, ended)
    local fields = { 'rid', rid, 'attempt', attempt, 'cost', int(move.spent) }
    local function add(...)
        for _, word in ipairs({ ... }) do
            fields[#fields + 1] = word
        end
    end
    if corrects then
        add('corrects', '1')
    end
    if ended then
        add('attempts', math.max(attempt, tonumber(r.n or 0)))
    end
    add(unpack(ARGV, ledger_args, charged and #ARGV or ledger_args + whose - 1))
    return redis.call('XADD', ledger, 'MAXLEN', '~', ARGV[15], '*', unpack(fields))
end

-- the token rates were charged with a bound: what they are at, corrected by what was used
local function correct_rates()
    local surplus, t = (ARGV[8] - r.tokens) * MINUTE, {}
    for i = 1, n_rates do
        local arg = rate_args + 2 * (i - 1)
        local limit = tonumber(redis.call('HGET', KEYS[records + ARGV[arg]], ARGV[arg + 1]))
        local key = KEYS[records + n_scopes + n_budgets + i]
        if limit and limit > 0 then
            local level = gcra_level(redis.call('GET', key), limit, now) + surplus
            t[#t + 1] = { key = key, limit = limit, level = math.max(0, level) }
        end
    end
    return t
end

-- What is done without a reservation; nil: all. After a failover the ledger knows what is lost: all
-- of an org goes back to the same moment. An entry that is not there may have been trimmed, though.
local function answer_without(told)
    if now - ARGV[20] > tonumber(ARGV[escrow == '' and 9 or 10]) then
        return 'old'
    end
    if told == '' then
        return nil
    end
    local at = redis.call('XRANGE', ledger, told, told)[1]
    if at and at[2][2] == rid and at[2][4] == ARGV[4] then
        return 'again'
    end
    local trimmed = redis.call('XLEN', ledger) >= tonumber(ARGV[15])
        and #redis.call('XRANGE', ledger, '-', told, 'COUNT', 1) == 0
    return trimmed and 'old' or nil
end

-- 1. what is there
read_reservation(res)
local was, was_in_suspense, corrects = r.st, has_attempt('X'), r[s] == 'S'
local ended = ARGV[7] == 'final' and not r['end']
local answer_at_once = not was and answer_without(ARGV[21])
if answer_at_once then
    return { answer_at_once, 0, '' }
end

-- 2. what is to change
if attempt > 0 then
    settle_attempt()
end
local ends = was == 'O' and ARGV[7] == 'final'
if ends then
    suspend_open(now)
end
if not was then
    -- settled before it was admitted: the tombstone that refuses a late admit
    set('issued', ARGV[3])
    set('owner', ARGV[11])
    set('payer', ARGV[12])
    set('budgets', ARGV[13])
    set('rates', ARGV[14])
end
if ended then
    set('end', '1') -- what its gateway still tells of it comes late
end
if ends or not was or (was ~= 'O' and #changed > 0) then
    close()
end
if #changed == 0 then
    return { 'again', 0, '' }
end

-- 3. every read, so that a key of a wrong type fails before anything is written
redis.call('ZCARD', open)
redis.call('ZCARD', suspense)
redis.call('XLEN', ledger)
check_budgets(records + n_scopes, n_budgets)
local rates = ends and tonumber(ARGV[8]) >= 0 and correct_rates() or {}
local live = ends and read_live(records, n_scopes)
if escrow ~= '' then
    redis.call('HLEN', slice) -- else it is the reservation, which was read
end

-- 4. every write
if ends then
    leave(records, live)
    redis.call('ZREM', open, rid)
end
for _, rate in ipairs(rates) do
    gcra_write(rate.key, rate.level, rate.limit, now)
end
write_budgets(records + n_scopes, n_budgets, budget_args)
write_reservation(res)
if drawn > 0 then
    redis.call('HINCRBY', slice, 'r1', int(-drawn))
end
write_suspense(suspense, rid, was_in_suspense, now)
write_life(res, was, kept_us(tonumber(ARGV[9]), tonumber(ARGV[10])), now)
if charged and (move.spent ~= 0 or ARGV[16] == 'used') or ended and whose > 0 then
    entry = write_entry(corrects, ended and whose > 0)
end
if charged and ARGV[17] ~= '' then
    redis.call('SET', answer, ARGV[17], 'PXAT', int(math.ceil((now + ARGV[18]) / 1000)))
end
return { 'ok', over, entry }
