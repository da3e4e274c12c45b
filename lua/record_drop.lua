--[[ record_drop.lua -- delete the record of an org, team or key that nothing stands on. One script,
     because a child must not be made in between.

  KEYS[1]    sr:1:{o:ORG}:org|team|key     hash    the record
  KEYS[2]    sr:1:{o:ORG}:open             zset    open reservations
  KEYS[3]    sr:1:{o:ORG}:suspense         zset    reservations with money in suspense
  KEYS[4]    sr:1:{o:ORG}:teams|keys       set     ids, for listing (not for an org)
  KEYS[5]    sr:1:{o:ORG}:org|team         hash    the record above it (not for an org)

  ARGV[1]    id     ARGV[2] its team, as the caller read it ("" = none)
  ARGV[3]    the count of requests in flight is kept, seconds

  Requests in flight still have to leave: their count stays behind, without a version, until they
  must have ended.

  Output     {"ok"}    {"missing"} also when it belongs to another team by now
             {"exists"} it has children; an org also while money of it is reserved or in suspense

  Called by record_drop() in store/record.c ]]
local record, open, suspense, index, parent = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local v = redis.call('HMGET', record, 'ver', 'team', 'children', 'live')

if not v[1] or (v[2] or '') ~= ARGV[2] then
    return { 'missing' }
elseif tonumber(v[3] or 0) > 0 then
    return { 'exists' }
elseif not parent and redis.call('ZCARD', open) + redis.call('ZCARD', suspense) > 0 then
    return { 'exists' }
end

if parent then
    redis.call('SREM', index, ARGV[1])
    redis.call('HINCRBY', parent, 'children', -1)
end
redis.call('DEL', record)
if tonumber(v[4] or 0) > 0 then
    redis.call('HSET', record, 'live', v[4])
    redis.call('EXPIRE', record, ARGV[3])
end
return { 'ok' }
