--[[ health_merge.lua -- what one gateway saw of a vendor in the last second is added to what all saw.
     One script, because what was there must be aged and added to at one moment.

  KEYS[1]    sr:1:{v:VENDOR}:health        hash    tally by name: "AT COUNTER:COUNT ..." (doc/redis-keys.md)
  KEYS[2]    sr:1:{v:VENDOR}:warm          zset    beginnings of conversations by when they cool, seconds

  ARGV[1]    now, us; 0 = Redis' clock     ARGV[2] the most entries of `warm`    ARGV[3] tallies that follow
  ARGV[4..]  of each tally: its name, half-life in us, "COUNTER:COUNT ..." to add
             then of each beginning: until when, seconds since 1970; the entry

  Counts are millionths and only grow, and what is aged is rounded down: so reports add up in any
  order to within a millionth for each, and what nobody adds to goes to nothing. A tally has at most
  334 counters, so the work is bounded by what is sent.

  Output     {"ok", now} us since 1970

  Called by health_report() in store/health.c ]]
--- @include "now"
--- @include "int"

local MOST = 2 ^ 53 - 1
local HOUR_MS = 3600 * 1000
local KEPT_MS = 30 * 24 * HOUR_MS

local health, warm = KEYS[1], KEYS[2]
local now, most_warm, n = now_us(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])

local function aged(text, half_life)
    local counts = {}
    local at = text and tonumber(string.match(text, '^%d+'))
    local keep = at and 0.5 ^ (math.max(0, now - at) / half_life)
    for counter, count in string.gmatch(at and text or '', ' (%d+):(%d+)') do
        counts[counter] = math.floor(count * keep)
    end
    return counts
end

local function add(counts, text)
    for counter, count in string.gmatch(text, '(%d+):(%d+)') do
        counts[counter] = math.min((counts[counter] or 0) + count, MOST)
    end
end

local function pack(counts)
    local t = { int(now) }
    for counter, count in pairs(counts) do
        if count > 0 then
            t[#t + 1] = counter .. ':' .. int(count)
        end
    end
    return table.concat(t, ' ')
end

local names, fields = {}, {}
for i = 1, n do
    names[i] = ARGV[1 + 3 * i]
end
local known = n > 0 and redis.call('HMGET', health, unpack(names)) or {}
redis.call('ZCARD', warm)

for i = 1, n do
    local counts = aged(known[i], tonumber(ARGV[2 + 3 * i]))
    add(counts, ARGV[3 + 3 * i])
    fields[2 * i - 1] = names[i]
    fields[2 * i] = pack(counts)
end
local now_ms = math.floor(now / 1000)
if n > 0 then
    redis.call('HSET', health, unpack(fields))
    redis.call('PEXPIREAT', health, int(now_ms + KEPT_MS))
end
for i = 4 + 3 * n, #ARGV, 2 do
    redis.call('ZADD', warm, 'GT', ARGV[i], ARGV[i + 1])
end
redis.call('ZREMRANGEBYSCORE', warm, '-inf', int(math.floor(now_ms / 1000)))
redis.call('ZREMRANGEBYRANK', warm, 0, int(-most_warm - 1))
redis.call('PEXPIREAT', warm, int(now_ms + HOUR_MS))
return { 'ok', now }
