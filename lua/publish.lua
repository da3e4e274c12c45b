--[[ publish.lua -- a new text under the next number, if it differs and the caller still leads. One
     script, because the token is the fence: what an old leader sends late must do nothing.

  KEYS[1]    sr:1:{fleet}:token            string  the highest fencing token given out
  KEYS[2]    sr:1:{fleet}:epoch            string  number of what is published (or ...:version)
  KEYS[3]    sr:1:{fleet}:catalog          hash    number, hash, text, at (or ...:snapshot)

  ARGV[1]    now, us; 0 = Redis' clock     ARGV[2] my token      ARGV[3] hash of the text
  ARGV[4]    text      ARGV[5] channel for news      ARGV[6] what the number is called there and in KEYS[3]

  Output     {"ok", number}    {"same", number} it is published already    {"fenced", 0}

  Called by publish() in store/published.c ]]
--- @include "now"
--- @include "int"

local token_key, number_key, published, word = KEYS[1], KEYS[2], KEYS[3], ARGV[6]
local token = tonumber(ARGV[2])
local newest = tonumber(redis.call('GET', token_key) or 0)

if token < newest then
    return { 'fenced', 0 }
end
local known = redis.call('HMGET', published, 'hash', word)
if known[1] == ARGV[3] then
    return { 'same', tonumber(known[2]) }
end
local at = int(now_us(ARGV[1]))
if token > newest then
    redis.call('SET', token_key, ARGV[2]) -- a failover forgot it
end
local number = redis.call('INCR', number_key)
redis.call('HSET', published, word, number, 'hash', ARGV[3], 'text', ARGV[4], 'at', at)
redis.call('PUBLISH', ARGV[5], word .. ' ' .. number)
return { 'ok', number }
