--[[ rejoin.lua -- the data have another history, and a worker begins to tell again what it holds in this
     org, or has told all of it: so long the barrier waits for it (R4). One script, because the first
     one begins the barrier and the last one ends it, for all.

  KEYS[1]    sr:1:{o:ORG}:history          hash    who was admitted in which history (include/history.lua)

  ARGV[1]    now, us; 0 = Redis' clock      ARGV[2]   history of the data: an id
  ARGV[3]    worker                         ARGV[4]   writes that are older are not lost, us
  ARGV[5]    "begins", or "all" is told

  Output     {"ok", workers that are still waited for}
             {"unknown", 0} it was asked while nobody was there to have a history: nothing is done

  Called by books_rejoin() in store/books_reassert.c ]]
--- @include "now"
--- @include "int"
--- @include "history"

local history, id, worker = KEYS[1], ARGV[2], ARGV[3]
local now = now_us(ARGV[1])

if id == '' then
    return { 'unknown', 0 }
end
local h = read_history(history)
local waiting = tonumber(h.waiting or 0)
if h.id ~= id and not is_past(h, id) then
    waiting = begin_history(history, h, id, now, tonumber(ARGV[4]))
end
if ARGV[5] == 'begins' then
    -- all that it did may be lost, so that nobody else knows of it
    if redis.call('HSET', history, 'w:' .. worker, int(now)) == 1 then
        waiting = redis.call('HINCRBY', history, 'waiting', '1')
    end
elseif redis.call('HDEL', history, 'w:' .. worker) == 1 then
    waiting = redis.call('HINCRBY', history, 'waiting', '-1')
    redis.call('HSET', history, 'o:' .. worker, int(now))
end
return { 'ok', waiting }
