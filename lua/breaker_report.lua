--[[ breaker_report.lua -- what a gateway saw of a vendor's endpoints, and what comes of it for their
     breakers. One script, because scores are added to and judged at one moment, and because the
     result of a probe counts only while its token is the newest.

  KEYS[1]    sr:1:{v:VENDOR}:breakers      hash    breaker by name, "#" and "@" (doc/redis-keys.md)
  KEYS[2]    sr:1:{v:VENDOR}:scores        hash    "SCORE AT" by name: what speaks against it

  ARGV[1]    now, us; 0 = Redis' clock     ARGV[2] channel for news        ARGV[3] its word
  ARGV[4]    score at which one opens      ARGV[5] how long, us            ARGV[6] and at most
  ARGV[7]    how long for a credential     ARGV[8] probes that must go well
  ARGV[9]    time of a slow start, us      ARGV[10] longest block, us
  ARGV[11]   chance of the caller, 0..1000, for jitter
  ARGV[12]   history of the data: an id; "": not known
  ARGV[13..] of each breaker: its name; what is to be added to its score; the cause, if it opens;
             how long the vendor asked to be left alone, us, 0: not at all; "" or "out" (the
             credential is refused) or of a probe "good" "bad" "gone"; the probe's token, 0: none

  A breaker that opened soon after the last time stays open twice as long, and must be well in
  twice, then three times as many probes. Behind them it begins with half a score. Scores lose half in a
  minute. A credential has a breaker of its own, which only probes with this credential close, at once
  and whole. The work is bounded by what is sent, and on a change by the vendor's breakers.

  Output     {"ok", now, changes}   us since 1970; a line "STATE NAME" of each that changed

  Called by breakers_report() in store/breakers.c ]]
--- @include "now"
--- @include "int"
--- @include "began"
--- @include "breaker"

local HALF_LIFE = 60 * 1000000
local DAY_MS = 24 * 3600 * 1000
local LITTLE = 100000 -- us: blocks that differ by less are the same

local key, score_key = KEYS[1], KEYS[2]
local now = now_us(ARGV[1])
local trip, open_min, open_max = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local out_us, probes = tonumber(ARGV[7]), tonumber(ARGV[8])
local slow_start, longest, chance = tonumber(ARGV[9]), tonumber(ARGV[10]), tonumber(ARGV[11])
-- so long after a slow start the next opening is a first one again
local FORGIVEN = 4 * open_max
-- so long after its time nobody has a credential any more, or he would have probed it
local NOBODYS = 4 * out_us

local function aged(text)
    local score, at = string.match(text or '', '^(%d+) (%d+)$')
    return score and score * 0.5 ^ (math.max(0, now - at) / HALF_LIFE) or 0
end

-- give or take a tenth
local function later(span)
    return math.floor(now + span * (900 + chance / 5) / 1000)
end

local function open(b, cause)
    local span = math.min(open_max, open_min * 2 ^ math.min(b.openings, 30))
    if cause == 'credential' then
        span = out_us
    end
    b.state, b.cause, b.good = 'open', cause, 0
    b.openings, b.since, b.until_us = math.min(b.openings + 1, 1000), now, later(span)
end

local function close(b)
    b.state, b.until_us, b.since, b.openings, b.good = 'closed', 0, 0, 0, 0
end

-- the score afterwards; nil: it begins anew
local function judge(b, it, score)
    score = math.max(0, score + it.add)
    if it.what == 'out' then
        open(b, 'credential')
    elseif score >= trip then
        open(b, it.cause)
    else
        return score
    end
end

-- Some calls go well by chance where others fail: who opened again must show more. A credential is
-- taken or it is not. Returns the score afterwards, nil: none.
local function take_good(b)
    b.good, b.until_us = b.good + 1, now -- the next one may go at once
    if b.cause == 'credential' then
        if b.good >= probes then
            close(b)
        end
    elseif b.good >= probes * math.min(b.openings, 3) then
        b.state, b.since = 'ramp', now
        return trip / 2
    end
end

-- A probe's result, if it is the newest's and in time; the score afterwards, nil: none.
local function take_probe(b, it)
    if it.token ~= b.token or now >= b.until_us then
        return
    end
    if it.what == 'good' then
        return take_good(b)
    elseif it.what == 'gone' then
        b.state, b.until_us = 'open', later(open_min)
    else
        open(b, it.cause)
    end
end

local function forget_old(b)
    if b.state == 'ramp' and now >= b.since + slow_start + FORGIVEN then
        close(b)
    end
end

local function block(b, us)
    if us > 0 then
        -- somewhat later than asked for, so that nobody comes back too early
        local till = math.floor(now + math.min(us, longest) * (1 + chance / 10000))
        if till > b.blocked + LITTLE then
            b.blocked = till
        end
    end
end

local function forget_nobodys()
    local all = redis.call('HGETALL', key)
    for i = 1, #all, 2 do
        local b = breaker_read(all[i + 1])
        if b.cause == 'credential' and now >= b.until_us + NOBODYS then
            redis.call('HDEL', key, all[i])
        end
    end
end

local items, names = {}, {}
for i = 13, #ARGV, 6 do
    names[#names + 1] = ARGV[i]
    items[#items + 1] = { add = tonumber(ARGV[i + 1]), cause = ARGV[i + 2],
                          block = tonumber(ARGV[i + 3]), what = ARGV[i + 4],
                          token = tonumber(ARGV[i + 5]) }
end
local texts = redis.call('HMGET', key, unpack(names))
local scores = redis.call('HMGET', score_key, unpack(names))
local changes, changed = {}, {}

for i, it in ipairs(items) do
    local b = breaker_read(texts[i])
    local was, score = b.state, aged(scores[i])
    forget_old(b)
    if b.state == 'half' then
        score = take_probe(b, it)
    elseif b.state == 'open' then
        score = nil -- it was called before
    else
        score = judge(b, it, score)
    end
    block(b, it.block)
    local text = breaker_text(b)
    if b.state == 'closed' and b.blocked <= now then
        text = false
    end
    scores[i] = score and score > 0 and int(math.floor(score)) .. ' ' .. int(now) or false
    if text ~= texts[i] then
        changed[names[i]] = text
    end
    if b.state ~= was then
        changes[#changes + 1] = b.state .. ' ' .. names[i]
    end
end

for i, name in ipairs(names) do
    if scores[i] then
        redis.call('HSET', score_key, name, scores[i])
    else
        redis.call('HDEL', score_key, name)
    end
end
redis.call('PEXPIREAT', score_key, int(math.floor(now / 1000) + DAY_MS))
for name, text in pairs(changed) do
    if text then
        redis.call('HSET', key, name, text)
    else
        redis.call('HDEL', key, name)
    end
end
if next(changed) then
    forget_nobodys()
    if ARGV[12] ~= '' then
        breakers_began(key, ARGV[12], now)
    end
    breakers_tell(key, ARGV[2], ARGV[3])
    redis.call('PEXPIREAT', key, int(math.floor(now / 1000) + DAY_MS))
end
return { 'ok', now, table.concat(changes, '\n') }
