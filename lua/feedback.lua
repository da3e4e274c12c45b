--[[ feedback.lua -- an answer is judged, once: what key, team and org have found of its model at its
     task. One script, because what is counted must be taken from the answer at the same moment.

  KEYS[1]    sr:1:{o:ORG}:answer:RID        string  whose answer it is, and once rated, as what
  KEYS[2..]  sr:1:{o:ORG}:skills:SCOPE:ID   hash    of key, team, org: judgements by task and model

  ARGV[1]    now, us; 0 = Redis' clock      ARGV[2]   the answer, "TEAM KEY VENDOR/MODEL TASK"
  ARGV[3]    task                           ARGV[4]   "TASK VENDOR/MODEL"
  ARGV[5]    reward, millionths             ARGV[6]   weight, millionths of an answer
  ARGV[7]    what is kept of a judgement at each later one of its task, millionths
  ARGV[8]    most fields of a hash          ARGV[9]   how long a hash lives on, us

  Output
    {"ok", N}  counted; what the org's judgements of this model at this task weighed before,
               millionths of an answer
    {"again"}  it was rated so before: nothing was done
    {"rated"}  it was rated otherwise before: nothing was done
    {"gone"}   there is no such answer (any more)

  Called by feedback_give() in store/feedback.c ]]
--- @include "now"
--- @include "int"

local now = now_us(ARGV[1])
local task, name = ARGV[3], ARGV[4]
local reward, weight = tonumber(ARGV[5]), tonumber(ARGV[6])
local kept, most = ARGV[7] / 1000000, tonumber(ARGV[8])
local rating = ' ' .. ARGV[5] .. ' ' .. ARGV[6]

-- good and bad of "GOOD BAD AT", aged to the judgement number n of its task
local function aged(cell, n)
    local good, bad, at = string.match(cell or '', '^(%d+) (%d+) (%d+)$')
    if not good then
        return 0, 0
    end
    local keep = kept ^ math.max(0, n - at)
    return math.floor(good * keep), math.floor(bad * keep)
end

-- the field that says least: one of a model nobody asks for any more
local function least(key)
    local flat = redis.call('HGETALL', key)
    local counts, field, mass = {}, nil, nil
    for i = 1, #flat, 2 do
        counts[flat[i]] = tonumber(flat[i + 1])
    end
    for i = 1, #flat, 2 do
        local good, bad = aged(flat[i + 1], counts[string.match(flat[i], '^%S+')] or 0)
        if string.find(flat[i], ' ', 1, true) and (not mass or good + bad < mass) then
            field, mass = flat[i], good + bad
        end
    end
    return field
end

-- 1. what is there
local answer = redis.call('GET', KEYS[1])
if not answer then
    return { 'gone' }
elseif answer == ARGV[2] .. rating then
    return { 'again' }
elseif answer ~= ARGV[2] then
    return { 'rated' }
end
local changes, before = {}, 0
for i = 2, #KEYS do
    local found = redis.call('HMGET', KEYS[i], task, name)
    local n = (tonumber(found[1]) or 0) + 1
    local good, bad = aged(found[2], n)
    before = good + bad -- the last one is the org
    local more = (found[1] and 0 or 1) + (found[2] and 0 or 1)
    changes[i] = {
        n = int(n),
        cell = int(good + math.floor(weight * reward / 1000000)) .. ' '
            .. int(bad + math.floor(weight * (1000000 - reward) / 1000000)) .. ' ' .. int(n),
        drop = more > 0 and redis.call('HLEN', KEYS[i]) + more > most and least(KEYS[i]),
    }
end

-- 2. every write
redis.call('SET', KEYS[1], answer .. rating, 'KEEPTTL')
for i = 2, #KEYS do
    if changes[i].drop then
        redis.call('HDEL', KEYS[i], changes[i].drop)
    end
    redis.call('HSET', KEYS[i], task, changes[i].n, name, changes[i].cell)
    redis.call('PEXPIREAT', KEYS[i], int(math.ceil((now + ARGV[9]) / 1000)))
end
return { 'ok', int(before) }
