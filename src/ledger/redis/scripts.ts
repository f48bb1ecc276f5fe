/**
 * What has to happen at once, as Lua (https://redis.io/docs/latest/develop/programmability/eval-intro/). Keys are made from ids
 * inside the scripts, so a Redis Cluster is not served.
 */

/**
 * Makes a hash of exactly these fields. The first write is one that a full Redis refuses, so that the whole script is refused
 * (a script that has begun to write is let finish).
 */
const REPLACE = `
local function replace(key, first, ...)
  local keep = {}
  local fields = {...}
  for index = first, #ARGV do fields[#fields + 1] = ARGV[index] end
  redis.call('HSET', key, unpack(fields))
  for index = 1, #fields, 2 do keep[fields[index]] = true end
  for _, name in ipairs(redis.call('HKEYS', key)) do
    if not keep[name] then redis.call('HDEL', key, name) end
  end
end`;

/** Lets a key live for so long, and never for less than it would have. */
const KEEP = `
local function keep(key, seconds)
  if redis.call('TTL', key) < tonumber(seconds) then redis.call('EXPIRE', key, seconds) end
end`;

/** ARGV: key, seconds. */
export const EXTEND = `${KEEP}
keep(ARGV[1], ARGV[2])`;

/** Notes what another store missed; until it has it, this may be the only place that knows. ARGV: the set, seconds to live, task ids. */
export const NOTE_MISSED = `${KEEP}
for index = 3, #ARGV do
  redis.call('SADD', ARGV[1], ARGV[index])
  keep('agent:task:' .. ARGV[index], ARGV[2])
  keep('agent:task:' .. ARGV[index] .. ':events', ARGV[2])
end`;

/**
 * A question is taken if nobody has it (NX), for an hour. The key of CONTRACTS names no repository: where another repository holds it, a key with
 * the repository's name behind is used, so that a Redis may be shared. ARGV: hash, repository, task id, seconds, id of a dead
 * owner or empty.
 */
export const CLAIM = `
local function take(key)
  local owner = redis.call('GET', key)
  if not owner or owner == ARGV[5] then
    redis.call('SET', key, ARGV[3], 'EX', ARGV[4])
    redis.call('SET', key .. ':repository', ARGV[2], 'EX', ARGV[4])
    return ARGV[3]
  end
  if owner == ARGV[3] then
    redis.call('EXPIRE', key, ARGV[4])
    redis.call('EXPIRE', key .. ':repository', ARGV[4])
  end
  return owner
end
local key = 'agent:faq:hash:' .. ARGV[1]
local holder = redis.call('GET', key .. ':repository')
if redis.call('EXISTS', key) == 1 and holder and holder ~= ARGV[2] then
  key = key .. ':' .. ARGV[2]
end
return take(key)`;

/**
 * Writes a task that was joined with the revision that was read, and counts its end once, as what it became.
 * A Redis may be shared: beside the counters of CONTRACTS each repository has its own, with its name behind.
 * ARGV: task id, revision read, seconds to live, updated at (ms), outcome (success, failure or empty), day, tte (ms or empty),
 * seconds that counters live, repository or empty, then field and value in turn.
 */
export const WRITE_TASK = `${REPLACE}${KEEP}
local task = 'agent:task:' .. ARGV[1]
local revision = redis.call('HGET', task, 'revision') or '0'
if revision ~= ARGV[2] then return 0 end
replace(task, 10, 'revision', tostring(tonumber(revision) + 1))
keep(task, ARGV[3])
redis.call('ZADD', 'agent:tasks:updated', ARGV[4], ARGV[1])
redis.call('ZREMRANGEBYSCORE', 'agent:tasks:updated', '-inf', redis.call('TIME')[1] * 1000 - 86400000)
if ARGV[5] == '' then return 1 end
local function count(whose)
  local counted = 'agent:metrics:counted:' .. ARGV[1] .. whose
  local now = ARGV[5] .. ':' .. ARGV[6]
  local before = redis.call('GET', counted)
  if before ~= now then
    if before then
      redis.call('DECR', 'agent:metrics:' .. before .. whose)
      redis.call('ZREM', 'agent:metrics:tte:' .. string.sub(before, -8) .. whose, ARGV[1])
    end
    redis.call('INCR', 'agent:metrics:' .. now .. whose)
  end
  redis.call('SET', counted, now, 'EX', ARGV[8])
  redis.call('EXPIRE', 'agent:metrics:' .. now .. whose, ARGV[8])
  if ARGV[5] == 'success' and ARGV[7] ~= '' then
    redis.call('ZADD', 'agent:metrics:tte:' .. ARGV[6] .. whose, ARGV[7], ARGV[1])
    redis.call('EXPIRE', 'agent:metrics:tte:' .. ARGV[6] .. whose, ARGV[8])
  end
end
count('')
if ARGV[9] ~= '' then count(':' .. ARGV[9]) end
return 1`;

/** By which a server that was started again is told from the one it was; empty where that may not be asked. */
const SERVER = `
local function server()
  local info = redis.pcall('INFO', 'server')
  return type(info) == 'string' and string.match(info, 'run_id:(%w+)') or ''
end
local key = 'agent:ledger:look:' .. ARGV[1]`;

/** By the server's clock. ARGV: repository, the set that names the runners, 1 to force, seconds to live, lease, period and silence (ms). Gives nil when it is not due, else the end of the last look. */
export const BEGIN_LOOK = `${SERVER}
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local known = redis.call('HMGET', key, 'begun', 'begun_at_server', 'until', 'until_server')
local self = server()
if ARGV[3] ~= '1' then
  if known[1] and known[2] == self and now - known[1] < tonumber(ARGV[5]) then return nil end
  local silent = 0
  for _, id in ipairs(redis.call('SMEMBERS', ARGV[2])) do
    local at = tonumber(redis.call('HGET', 'worker:heartbeat:' .. id, 'at_ms') or '')
    if not at then redis.call('SREM', ARGV[2], id) end
    if at and now - at > tonumber(ARGV[7]) then silent = math.max(silent, at + ARGV[7]) end
  end
  if known[3] and known[4] == self and now - known[3] < tonumber(ARGV[6]) and tonumber(known[3]) > silent then return nil end
end
redis.call('HSET', key, 'begun', now, 'begun_at_server', self)
redis.call('EXPIRE', key, ARGV[4])
return known[3] or ''`;

/** ARGV: repository, until (ms). */
export const END_LOOK = `${SERVER}
redis.call('HSET', key, 'until', ARGV[2], 'until_server', server())`;

/** A heartbeat that is older than the one that is there changes nothing. ARGV: id, at (ms), seconds to live, the set that names it or empty, field and value in turn. */
export const BEAT = `${REPLACE}
local key = 'worker:heartbeat:' .. ARGV[1]
local known = tonumber(redis.call('HGET', key, 'at_ms') or '0')
if known > tonumber(ARGV[2]) then return 0 end
replace(key, 5, 'at_ms', ARGV[2])
redis.call('EXPIRE', key, ARGV[3])
if ARGV[4] ~= '' then redis.call('SADD', ARGV[4], ARGV[1]) end
return 1`;

/** What was told of an alert, if it stands at the revision that was read. ARGV: repository, key, revision read or empty, revision, text, seconds to live. */
export const WRITE_ALERT = `
local key = 'agent:alert:' .. ARGV[1] .. ':' .. ARGV[2]
local known = redis.call('HGET', key, 'revision') or ''
if known ~= ARGV[3] then return 0 end
redis.call('HSET', key, 'revision', ARGV[4], 'text', ARGV[5])
redis.call('EXPIRE', key, ARGV[6])
return 1`;
