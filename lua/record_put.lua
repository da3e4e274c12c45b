--[[ record_put.lua -- create or change the record of an org, team or key, under a new version. One
     script, because a parent must not vanish in between and no two changes may share a version.

  KEYS[1]    sr:1:{o:ORG}:org|team|key     hash    the record
  KEYS[2]    sr:1:{o:ORG}:teams|keys       set     ids, for listing (not for an org)
  KEYS[3]    sr:1:{o:ORG}:org|team         hash    the record that must exist (not for an org)

  ARGV[1]    now, us; 0 = Redis' clock      ARGV[2]   "create" or "change"
  ARGV[3]    id                             ARGV[4]   number of fields to set
  ARGV[5..]  field, value, field, value, ...; then the fields to remove

  A version is at least the time of the change, so that a record that was deleted and made anew
  never repeats one.

  Output     {"ok", ver}    {"exists", 0}    {"missing", 0}    {"no_parent", 0}

  Called by record_put() in store/record.c ]]
--- @include "now"
--- @include "int"

local record, index, parent = KEYS[1], KEYS[2], KEYS[3]
local id, n_set = ARGV[3], tonumber(ARGV[4])
local ver = redis.call('HGET', record, 'ver')
local remove_at = 5 + 2 * n_set

if ARGV[2] == 'create' and ver then
    return { 'exists', 0 }
elseif ARGV[2] == 'change' and not ver then
    return { 'missing', 0 }
elseif parent and not redis.call('HGET', parent, 'ver') then
    return { 'no_parent', 0 }
end

local new = math.max(now_us(ARGV[1]), (ver or 0) + 1)
if not ver and parent then
    redis.call('SADD', index, id) -- first: it is the one that could be of a wrong type
    redis.call('HINCRBY', parent, 'children', 1)
end
redis.call('HSET', record, 'ver', int(new))
redis.call('PERSIST', record) -- what is left of a deleted one goes by itself: record_drop.lua
if n_set > 0 then
    redis.call('HSET', record, unpack(ARGV, 5, remove_at - 1))
end
if #ARGV >= remove_at then
    redis.call('HDEL', record, unpack(ARGV, remove_at))
end
return { 'ok', new }
