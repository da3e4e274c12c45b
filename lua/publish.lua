--[[ publish.lua -- a new catalog under the next epoch, if it differs and the caller still leads. One
     script, because the token is the fence: what an old leader sends late must do nothing.

  KEYS[1]    sr:1:{fleet}:token            string  the highest fencing token given out
  KEYS[2]    sr:1:{fleet}:epoch            string  number of the published catalog
  KEYS[3]    sr:1:{fleet}:catalog          hash    epoch, hash, text

  ARGV[1]    my token      ARGV[2] hash of the text      ARGV[3] text      ARGV[4] channel for news

  Output     {"ok", epoch}    {"same", epoch} it is published already    {"fenced", 0}

  Called by catalog_publish() in store/fleet.c ]]
local token_key, epoch_key, catalog = KEYS[1], KEYS[2], KEYS[3]
local token = tonumber(ARGV[1])
local newest = tonumber(redis.call('GET', token_key) or 0)

if token < newest then
    return { 'fenced', 0 }
end
local known = redis.call('HMGET', catalog, 'hash', 'epoch')
if known[1] == ARGV[2] then
    return { 'same', tonumber(known[2]) }
end
if token > newest then
    redis.call('SET', token_key, ARGV[1]) -- a failover forgot it
end
local epoch = redis.call('INCR', epoch_key)
redis.call('HSET', catalog, 'epoch', epoch, 'hash', ARGV[2], 'text', ARGV[3])
redis.call('PUBLISH', ARGV[4], 'epoch ' .. epoch)
return { 'ok', epoch }
