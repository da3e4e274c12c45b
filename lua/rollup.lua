--[[ rollup.lua -- entries of the ledger are counted into the usage of their hour and day, each once: the
     place up to which all are counted is written by the same script, in the same slot.

  KEYS[1]    sr:1:{o:ORG}:ledger           stream  what is counted
  KEYS[2]    sr:1:{o:ORG}:rolled           string  id of the newest entry that is counted
  KEYS[3]    sr:1:{o:ORG}:fence            string  the token of the newest leader that wrote here
  KEYS[4]    sr:1:{o:ORG}:usage:h...       hash    usage of an hour: "TEAM KEY MODEL" to figures
  KEYS[5]    sr:1:{o:ORG}:usage:d...       hash    ... of its day

  ARGV[1]    now, us; 0 = Redis' clock     ARGV[2] my token     ARGV[3] when my lease ends, us
  ARGV[4]    the hour begins, ms           ARGV[5] the hour ends, ms
  ARGV[6]    the most entries to count     ARGV[7] the most rows of a hash; more are one row, "* * *"
  ARGV[8]    when the hour's may go, s     ARGV[9] when the day's may go, s
  ARGV[10]   classes of input tokens       ARGV[11] classes of output tokens: "NAME NAME ..."

  Figures are in the order of src/tbl/figures.h.

  Output     {"ok", ms of the oldest entry that is not counted yet, 0: all are}
             {"fenced", 0}   another one leads

  Called by usage_roll() in store/rollup.c ]]
--- @include "now"
--- @include "int"
--- @include "fence"

local ledger, rolled, fence, token = KEYS[1], KEYS[2], KEYS[3], ARGV[2]
local most_rows = tonumber(ARGV[7])
local REQUESTS, ATTEMPTS, FAILED, DOWNGRADED, INPUT, OUTPUT, SPENT, FIGURES = 1, 2, 3, 4, 5, 6, 7, 7
local REST = '* * *'

local tokens = {} -- figure by class
for name in string.gmatch(ARGV[10], '%S+') do
    tokens[name] = INPUT
end
for name in string.gmatch(ARGV[11], '%S+') do
    tokens[name] = OUTPUT
end

local function time_of(id)
    return tonumber(string.match(id, '^%d+'))
end

local names, rows = {}, {}

local function row_of(e)
    local name = e.team .. ' ' .. e.key .. ' ' .. (e.model or '-')
    if not rows[name] then
        rows[name] = { 0, 0, 0, 0, 0, 0, 0 }
        names[#names + 1] = name
    end
    return rows[name]
end

-- How often a vendor was called for a request that this entry ends: the last attempt may have been
-- reserved and never begun. nil: it ends none.
local function calls(e)
    return e.attempts and e.attempts - (e.unbegun or 0)
end

-- an operator's word has no team: it moves no money. A request that called nobody used nothing.
local function count(fields)
    local e = {}
    for i = 1, #fields, 2 do
        e[fields[i]] = fields[i + 1]
    end
    local called = calls(e)
    if not (e.team and e.key) or called == 0 then
        return
    end
    local row = row_of(e)
    row[SPENT] = row[SPENT] + (e.cost or 0)
    if called then
        row[REQUESTS] = row[REQUESTS] + 1
        row[ATTEMPTS] = row[ATTEMPTS] + called
        row[FAILED] = row[FAILED] + (e.failed or 0)
        row[DOWNGRADED] = row[DOWNGRADED] + (e.downgraded or 0)
    end
    for class, figure in pairs(e.corrects and {} or tokens) do
        row[figure] = row[figure] + (e[class] or 0)
    end
end

local function added(text, row)
    local t, i = {}, 0
    for figure in string.gmatch(text or '', '%S+') do
        i = i + 1
        t[i] = figure
    end
    for n = 1, FIGURES do
        t[n] = int((t[n] or 0) + row[n])
    end
    return table.concat(t, ' ')
end

local function add_to(key, ends_s)
    local n = redis.call('HLEN', key)
    for _, name in ipairs(names) do
        local field, text = name, redis.call('HGET', key, name)
        if not text and n >= most_rows then
            field, text = REST, redis.call('HGET', key, REST)
        end
        n = n + (text and 0 or 1)
        redis.call('HSET', key, field, added(text, rows[name]))
    end
    redis.call('EXPIREAT', key, ends_s)
end

-- 1. what is there
if not leads(fence, token, ARGV[3], now_us(ARGV[1])) then
    return { 'fenced', 0 }
end
local at = redis.call('GET', rolled)
local from = at and '(' .. at or '-'
local first = redis.call('XRANGE', ledger, from, '+', 'COUNT', 1)[1]
if not first then
    return { 'ok', 0 }
end
local oldest = time_of(first[1])
if oldest < tonumber(ARGV[4]) or oldest >= tonumber(ARGV[5]) then
    return { 'ok', oldest }
end
local entries = redis.call('XRANGE', ledger, from, int(ARGV[5] - 1), 'COUNT', ARGV[6])
local newest = entries[#entries][1]
local left = redis.call('XRANGE', ledger, '(' .. newest, '+', 'COUNT', 1)[1]
for _, entry in ipairs(entries) do
    count(entry[2])
end
redis.call('HLEN', KEYS[4])
redis.call('HLEN', KEYS[5])

-- 2. every write
shut_out_older(fence, token)
add_to(KEYS[4], ARGV[8])
add_to(KEYS[5], ARGV[9])
redis.call('SET', rolled, newest)
return { 'ok', left and time_of(left[1]) or 0 }
