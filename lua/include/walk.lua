--[[ walk.lua -- budgets, and the first candidate they can pay for (doc/money.md, "The walk").

  A candidate is six numbers of ARGV: whole and fixed (nano-dollars), picos (pico-dollars for one
  output token), most and least (output tokens), bound (input tokens). The caller sees to it that
  picos * most stays below 2^53, so that all of this is exact; picos = 0: never clamped. ]]
local CANDIDATE = 6

-- what that many output tokens of the candidate at ARGV[at] cost
local function cost_of(at, tokens)
    return ARGV[at + 1] + math.ceil(ARGV[at + 2] * tokens / 1000)
end

-- the most output tokens of the candidate at ARGV[at] that `free` pays for
local function clamp(at, free)
    local picos = tonumber(ARGV[at + 2])
    return picos > 0 and math.floor((free - ARGV[at + 1]) * 1000 / picos) or -1
end

-- where in ARGV the chosen candidate stands, its output tokens, its cost; nil when none fits
local function choose(first, free)
    for at = first, #ARGV, CANDIDATE do
        local whole = tonumber(ARGV[at])
        if whole <= free then
            return at, tonumber(ARGV[at + 3]), whole
        end
    end
    for at = first, #ARGV, CANDIDATE do
        local tokens = clamp(at, free)
        if tokens >= tonumber(ARGV[at + 4]) then
            return at, tokens, cost_of(at, tokens)
        end
    end
end

-- the least that any candidate could be had for
local function cheapest(first)
    local least = math.huge
    for at = first, #ARGV, CANDIDATE do
        least = math.min(least, cost_of(at, ARGV[at + 4]))
    end
    return least
end

-- What each budget has free now, and later if all that is in flight settled at nothing.
-- keys, limits: functions of 1..n; a limit that is gone (nil) is none.
local function read_budgets(n, key_of, limit_of)
    local all = { free = math.huge }
    for i = 1, n do
        local c = redis.call('HMGET', key_of(i), 'spent', 'reserved', 'suspense')
        local limit = limit_of(i) or math.huge
        local later = limit - (c[1] or 0) - (c[3] or 0)
        local b = { limit = limit, later = later, free = later - (c[2] or 0) }
        b.new = not (c[1] or c[2] or c[3])
        all[i] = b
        all.free = math.min(all.free, b.free)
    end
    return all
end

-- The budget to name in a denial: waiting does not help where even `later` is too little.
local function in_the_way(budgets, needed)
    local worst, worst_hopeless
    for i, b in ipairs(budgets) do
        local hopeless = b.later < needed
        local worse = not worst or (hopeless and not worst_hopeless) or
            (hopeless == worst_hopeless and b.free < budgets[worst].free)
        if b.free < needed and worse then
            worst, worst_hopeless = i, hopeless
        end
    end
    return worst
end

-- move `cost` into `reserved` everywhere; a counter that begins gets its end, too
local function reserve(budgets, cost, key_of, end_of)
    for i, b in ipairs(budgets) do
        redis.call('HINCRBY', key_of(i), 'reserved', int(cost))
        if b.new and end_of(i) ~= '0' then
            redis.call('EXPIREAT', key_of(i), end_of(i))
        end
    end
end

-- the answer about an attempt, kept in its reservation to be given again
local function pack_answer(...)
    local t = { ... }
    for i = 1, #t do
        t[i] = int(t[i])
    end
    return table.concat(t, ' ')
end

local function unpack_answer(text, into)
    for n in string.gmatch(text, '%S+') do
        into[#into + 1] = tonumber(n)
    end
end
