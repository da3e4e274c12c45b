--[[ walk.lua -- the first candidate that budgets can pay for (doc/money.md, "The walk").

  A candidate is a text of seven numbers, "WHOLE FIXED PICOS MOST LEAST BOUND CHOICES": what it costs
  whole, and without its output (nano-dollars), what one output token of all choices costs
  (pico-dollars), how many output tokens each should and must have, how many input tokens it can have,
  how many choices the answer has. They are the last ARGVs, in order of preference. The caller sees to
  it that PICOS * MOST stays below 2^53, so that all of this is exact; PICOS = 0: never clamped. ]]
local function candidate(i)
    local whole, fixed, picos, most, least, bound, choices =
        string.match(ARGV[i], '^(%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d+)$')
    return { whole = tonumber(whole), fixed = tonumber(fixed), picos = tonumber(picos),
        most = tonumber(most), least = tonumber(least), bound = tonumber(bound),
        choices = tonumber(choices) }
end

-- what that many output tokens of it cost
local function cost_of(c, tokens)
    return c.fixed + math.ceil(c.picos * tokens / 1000)
end

-- the most output tokens of it that `free` pays for
local function clamp(c, free)
    return c.picos > 0 and math.floor((free - c.fixed) * 1000 / c.picos) or -1
end

-- the tokens it counts with so many of output
local function counts_of(c, tokens)
    return c.bound + c.choices * tokens
end

-- { its place from 0, output tokens, cost, tokens in all } of the candidate that fits; else nil and
-- the least that any could be had for
local function choose(first, free)
    local all, needed = {}, math.huge
    for i = first, #ARGV do
        local c = candidate(i)
        if c.whole <= free then
            return { at = i - first, tokens = c.most, cost = c.whole, counts = counts_of(c, c.most) }
        end
        all[#all + 1] = c
    end
    for i, c in ipairs(all) do
        local tokens = clamp(c, free)
        if tokens >= c.least then
            return { at = i - 1, tokens = tokens, cost = cost_of(c, tokens),
                counts = counts_of(c, tokens) }
        end
        needed = math.min(needed, cost_of(c, c.least))
    end
    return nil, needed
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

-- the answer about an attempt, kept in its reservation to be given again
local function pack_answer(...)
    return string.format('%d' .. string.rep(' %d', select('#', ...) - 1), ...)
end

local function unpack_answer(text, into)
    for n in string.gmatch(text, '%S+') do
        into[#into + 1] = tonumber(n)
    end
end
