--[[ publish.lua -- a new text under the next number, if it differs and the caller still leads. One
     script, because the lease is the fence: what an old leader sends late must do nothing.

  KEYS[1]    sr:1:{fleet}:token            string  the highest fencing token given out
  KEYS[2]    sr:1:{fleet}:epoch            string  number of what is published (or ...:version)
  KEYS[3]    sr:1:{fleet}:catalog          hash    number, hash, text, at (or ...:snapshot)

  ARGV[1]    now, us; 0 = Redis' clock     ARGV[2] my token     ARGV[3] when my lease ends, us
  ARGV[4]    hash of the text              ARGV[5] text         ARGV[6] channel for news
  ARGV[7]    what the number is called there and in KEYS[3]

  Output     {"ok", number}    {"same", number} it is published already
             {"fenced", 0}     another one leads

  Called by publish() in store/published.c ]]
--- @include "now"
--- @include "int"
--- @include "fence"

local token_key, number_key, published = KEYS[1], KEYS[2], KEYS[3]
local token, hash, word = ARGV[2], ARGV[4], ARGV[7]
local now = now_us(ARGV[1])

if not leads(token_key, token, ARGV[3], now) then
    return { 'fenced', 0 }
end
local known = redis.call('HMGET', published, 'hash', word)
if known[1] == hash then
    return { 'same', tonumber(known[2]) }
end
shut_out_older(token_key, token) -- a failover may have forgotten it
local number = redis.call('INCR', number_key)
redis.call('HSET', published, word, number, 'hash', hash, 'text', ARGV[5], 'at', int(now))
redis.call('PUBLISH', ARGV[6], word .. ' ' .. number)
return { 'ok', number }
