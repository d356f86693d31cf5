// The one script: sets what a request holds of each bucket, all or none, in one step of Redis. The arithmetic of rates is that
// of ../rate-bucket.ts, line by line; a contract suite runs over both. EVALSHA names a script by its own hash, so gateways of
// two versions never run each other's (docs/adr/0010).
import { createHash } from 'node:crypto';

/**
 * `ask`: grant all or deny. `take`: the same without a record. `raise`: what is held now is at least this, never denied; leases
 * of places begin anew. `settle`: this was used, never denied, and nothing about this request counts after it. `deny`: only
 * give back.
 */
export type ScriptMode = 'ask' | 'take' | 'raise' | 'settle' | 'deny';

export const SCRIPT_STATUS = {
  denied: 0,
  granted: 1,
  /** A budget's counter is not there: seed it and ask again. Nothing was changed. */
  unknownBudget: 2,
  /** The request was settled before. Nothing was changed. */
  settled: 3,
} as const;

/** Arguments before the rows. */
export const HEAD_ARGUMENTS = 9;
/** Arguments of a row: type, amount, believed, limit, period (µs) or end (ms), burst. */
export const ROW_ARGUMENTS = 6;
/** Numbers of the reply before the views, and of each view: wait (µs), remaining, reset (µs). */
export const REPLY_HEAD = 2;
export const VIEW_NUMBERS = 3;

/**
 * KEYS: the record; then each row's bucket, and for places the amounts beside it; then the buckets to give back to.
 * ARGV: mode, request id, now in µs and in ms ('': the server's clock), lease ms, record ms, tombstone ms, rows, give-backs; then
 * the rows; then for each give-back: units, limit, period µs, age µs.
 *
 * Every number is whole and at most 2^53, where Lua's doubles are exact: the caller sees to it that unit x period is.
 */
export const LIMIT_SCRIPT = `
local MOST, SPAN, LONGEST_MS = 9007199254740991, 120000000, 3456000000
local mode, id = ARGV[1], ARGV[2]
local now, wall = tonumber(ARGV[3]), tonumber(ARGV[4])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000000 + time[2]
  wall = math.floor(now / 1000)
end
local lease, recordMs, tombstoneMs = tonumber(ARGV[5]), ARGV[6], ARGV[7]
local rows, gives = tonumber(ARGV[8]), tonumber(ARGV[9])

local function whole(n) return string.format('%.0f', n) end

local function keep(key, rate, limit)
  if rate.level <= 0 then redis.call('DEL', key) return end
  local packed = struct.pack('>ddddddd', rate.level, rate.at, rate.low, rate.since, rate.olderLow, rate.olderSince, rate.off)
  local ttl = math.min(math.ceil(rate.level / limit / 1000) + 1000, LONGEST_MS)
  redis.call('SET', key, packed, 'PX', whole(ttl))
end

-- A rate's level, drained to now by a clock that never goes back: 'off' is what the server's clock has gone back by.
local function look(key, limit)
  local raw = redis.call('GET', key)
  if not raw then return { level = 0, at = now, low = 0, since = now, olderLow = 0, olderSince = now, off = 0 } end
  local level, seen, low, since, olderLow, olderSince, off = struct.unpack('>ddddddd', raw)
  local at = now + off
  local isBack = at < seen
  if isBack then off = off + seen - at; at = seen end
  level = math.max(0, level - (at - seen) * limit)
  low = math.min(low, level)
  olderLow = math.min(olderLow, level)
  if at - since >= SPAN then olderLow, olderSince, low, since = low, since, level, at end
  local rate = { level = level, at = at, low = low, since = since, olderLow = olderLow, olderSince = olderSince, off = off }
  -- Kept even if nothing is taken: else everybody would be denied until the clock is where it was.
  if isBack then keep(key, rate, limit) end
  return rate
end

local function add(rate, more)
  local wasEmpty = rate.level == 0
  rate.level = math.min(rate.level + more, MOST)
  if wasEmpty then rate.olderLow, rate.low, rate.since = 0, rate.level, rate.at end
end

local function giveBack(rate, units, limit, period, taken)
  local given = math.min(units * period, MOST)
  local lowest = 0
  if taken >= rate.since then lowest = rate.low
  elseif taken >= rate.olderSince then lowest = rate.olderLow end
  local undrained = 0
  if taken <= rate.at then undrained = given - (rate.at - taken) * limit end
  local back = math.min(given, math.max(0, undrained, lowest), rate.level)
  rate.level = rate.level - back
  rate.low = math.max(0, rate.low - back)
  rate.olderLow = math.max(0, rate.olderLow - back)
end

-- Places whose leases ran out are free: whoever held them is dead, or its heartbeats do not come through.
local function purge(leases, amounts)
  local gone = redis.call('ZRANGEBYSCORE', leases, '-inf', wall, 'LIMIT', 0, 100)
  if #gone == 0 then return end
  local sum = tonumber(redis.call('HGET', amounts, '') or 0)
  for _, amount in ipairs(redis.call('HMGET', amounts, unpack(gone))) do sum = sum - (tonumber(amount) or 0) end
  redis.call('ZREM', leases, unpack(gone))
  redis.call('HDEL', amounts, unpack(gone))
  redis.call('HSET', amounts, '', whole(math.max(0, sum)))
end

local record, held = nil, {}
if mode ~= 'take' and mode ~= 'deny' then
  record = redis.call('GET', KEYS[1])
  if record == 'settled' then return { 3, now } end
  if record then held = cmsgpack.unpack(record) end
end

-- First look at everything, then change everything or nothing.
local key, granted, known = 2, mode ~= 'deny', true
local row = {}
for i = 1, rows do
  local a = ${HEAD_ARGUMENTS} + (i - 1) * ${ROW_ARGUMENTS}
  local r = { type = ARGV[a + 1], amount = tonumber(ARGV[a + 2]), limit = tonumber(ARGV[a + 4]), key = KEYS[key] }
  row[i] = r
  local has = held[r.key]
  local believed = tonumber(ARGV[a + 3])
  r.held, r.wait = has and has[1] or believed, 0
  if r.type == 'r' then
    r.period, r.burst = tonumber(ARGV[a + 5]), tonumber(ARGV[a + 6])
    r.rate = look(r.key, r.limit)
    r.taken = has and has[2] or r.rate.at
    if mode == 'raise' then r.amount = math.max(r.amount, r.held) end
    r.more = r.amount - r.held
    local excess = r.rate.level + r.more * r.period - r.burst * r.period
    if r.more > 0 and excess > 0 then r.wait = math.ceil(excess / r.limit) end
  elseif r.type == 'p' then
    key = key + 1
    r.amounts = KEYS[key]
    purge(r.key, r.amounts)
    local got = redis.call('HMGET', r.amounts, '', id)
    r.sum, r.held = tonumber(got[1]) or 0, tonumber(got[2]) or 0
    r.more = r.amount - r.held
    if r.more > 0 and r.sum + r.more > r.limit then r.wait = 1000000 end
  else
    r.until_ = tonumber(ARGV[a + 5])
    r.used = tonumber(redis.call('GET', r.key))
    if mode == 'raise' then r.amount = math.max(r.amount, r.held) end
    r.more = r.amount - r.held
    if not r.used then known = false
    elseif r.more > 0 and r.used + r.more > r.limit then r.wait = math.max(1, r.until_ - wall) * 1000 end
  end
  if r.wait > 0 and (mode == 'ask' or mode == 'take') then granted = false end
  key = key + 1
end

local status = granted and 1 or 0
if not known and (mode == 'ask' or mode == 'take') then status = 2 end

if status == 1 then
  for i = 1, rows do
    local r = row[i]
    if r.type == 'r' then
      if r.more > 0 then
        if r.held == 0 then r.taken = r.rate.at end
        add(r.rate, r.more * r.period)
      elseif r.more < 0 then giveBack(r.rate, -r.more, r.limit, r.period, r.taken) end
      if r.more ~= 0 then keep(r.key, r.rate, r.limit) end
      held[r.key] = r.amount > 0 and { r.amount, r.taken } or nil
    elseif r.type == 'p' then
      if r.amount > 0 then
        r.sum = r.sum + r.more
        redis.call('ZADD', r.key, whole(wall + lease), id)
        redis.call('HSET', r.amounts, '', whole(r.sum), id, whole(r.amount))
        redis.call('PEXPIRE', r.key, whole(lease + 1000))
        redis.call('PEXPIRE', r.amounts, whole(lease + 1000))
      elseif r.held > 0 then
        r.sum = math.max(0, r.sum + r.more)
        redis.call('ZREM', r.key, id)
        redis.call('HDEL', r.amounts, id)
        redis.call('HSET', r.amounts, '', whole(r.sum))
      end
    elseif r.used then
      r.used = math.min(math.max(0, r.used + r.more), MOST)
      if r.more ~= 0 then redis.call('SET', r.key, whole(r.used), 'KEEPTTL') end
      held[r.key] = r.amount > 0 and { r.amount, 0 } or nil
    end
  end
  if mode == 'settle' then redis.call('SET', KEYS[1], 'settled', 'PX', tombstoneMs)
  elseif mode ~= 'take' then redis.call('SET', KEYS[1], cmsgpack.pack(held), 'PX', recordMs) end
elseif status == 0 then
  for i = 1, gives do
    local a = ${HEAD_ARGUMENTS} + rows * ${ROW_ARGUMENTS} + (i - 1) * 4
    local limit = tonumber(ARGV[a + 2])
    local rate = look(KEYS[key], limit)
    giveBack(rate, tonumber(ARGV[a + 1]), limit, tonumber(ARGV[a + 3]), rate.at - tonumber(ARGV[a + 4]))
    keep(KEYS[key], rate, limit)
    key = key + 1
  end
end

local reply = { status, now }
for i = 1, rows do
  local r = row[i]
  local remaining, reset = 0, 0
  if r.type == 'r' then
    remaining = math.max(0, math.floor((r.burst * r.period - r.rate.level) / r.period))
    reset = math.ceil(r.rate.level / r.limit)
  elseif r.type == 'p' then remaining = r.limit - r.sum
  else
    remaining = r.used and math.max(r.limit - r.used, -1) or -2
    reset = math.max(0, r.until_ - wall) * 1000
  end
  reply[#reply + 1] = r.wait
  reply[#reply + 1] = remaining
  reply[#reply + 1] = reset
end
return reply
`;

export const LIMIT_SCRIPT_HASH = createHash('sha1').update(LIMIT_SCRIPT).digest('hex');
