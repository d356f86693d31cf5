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

/** Types of rows. */
export const ROW_TYPE = { rate: 1, place: 2, budget: 3 } as const;
/** Numbers of the reply before the views, and of each view: wait (µs), remaining, reset (µs). */
export const REPLY_HEAD = 2;
export const VIEW_NUMBERS = 3;

/**
 * KEYS: the record; then each row's bucket, and for places the amounts beside it; then the buckets to give back to.
 * ARGV: mode, request id, and all numbers as little-endian doubles in one string (cheaper than fifty arguments, or JSON): now (µs,
 * -1: the server's clock), now (ms), lease, record and tombstone ms, rows, give-backs; seven a row: type, slot in the record,
 * amount, believed, limit, period (µs) or end (ms), burst; four a give-back: units, limit, period (µs), age (µs).
 * The reply is a string of doubles, too. The record: of each slot the amount (-1: not known) and when it was first taken.
 *
 * Every number is whole and at most 2^53, where Lua's doubles are exact: the caller sees to it that unit x period is.
 * Calls cost more than Lua here: all that is read of rates, budgets and the record is one MGET, and places are looked through
 * for leases that ran out only when one can have.
 */
export const LIMIT_SCRIPT = `
local MOST, SPAN, LONGEST_MS = 9007199254740991, 120000000, 3456000000
-- What struct.unpack gives last is where it stopped reading: in a record that would be an amount of the next slot.
local function doubles(text)
  local numbers = { struct.unpack('<' .. string.rep('d', #text / 8), text) }
  numbers[#numbers] = nil
  return numbers
end
local function packed(numbers) return struct.pack('<' .. string.rep('d', #numbers), unpack(numbers)) end

local mode, id, n = ARGV[1], ARGV[2], doubles(ARGV[3])
local now, wall = n[1], n[2]
-- An empty bucket and no bucket are the same. A test's clock may stand still while the server's runs: kept for an hour then.
local slackMs = 3600000
if now == -1 then
  slackMs = 1000
  local time = redis.call('TIME')
  now = time[1] * 1000000 + time[2]
  wall = math.floor(now / 1000)
end
local lease, rows, gives = n[3], n[6], n[7]

-- A rate is seven numbers: level, when seen, lowest level lately, since when, lowest before, since when, and what the clock has
-- gone back by. In one table made by one call: here most of the time goes into garbage.
local LEVEL, AT, LOW, SINCE, OLDER_LOW, OLDER_SINCE, OFF = 1, 2, 3, 4, 5, 6, 7

local function keep(key, rate, limit)
  if rate[LEVEL] <= 0 then redis.call('DEL', key) return end
  local value = struct.pack('<ddddddd', rate[1], rate[2], rate[3], rate[4], rate[5], rate[6], rate[7])
  redis.call('SET', key, value, 'PX', math.min(math.ceil(rate[LEVEL] / limit / 1000) + slackMs, LONGEST_MS))
end

-- Drained to now, by a clock that never goes back.
local function look(key, raw, limit)
  if not raw then return { 0, now, 0, now, 0, now, 0 } end
  local rate = { struct.unpack('<ddddddd', raw) }
  local seen, at = rate[AT], now + rate[OFF]
  local isBack = at < seen
  if isBack then rate[OFF] = rate[OFF] + seen - at; at = seen end
  local level = math.max(0, rate[LEVEL] - (at - seen) * limit)
  rate[LEVEL], rate[AT] = level, at
  if level < rate[LOW] then rate[LOW] = level end
  if level < rate[OLDER_LOW] then rate[OLDER_LOW] = level end
  if at - rate[SINCE] >= SPAN then
    rate[OLDER_LOW], rate[OLDER_SINCE], rate[LOW], rate[SINCE] = rate[LOW], rate[SINCE], level, at
  end
  -- Kept even if nothing is taken: else everybody would be denied until the clock is where it was.
  if isBack then keep(key, rate, limit) end
  return rate
end

local function add(rate, more)
  local wasEmpty = rate[LEVEL] == 0
  rate[LEVEL] = math.min(rate[LEVEL] + more, MOST)
  if wasEmpty then rate[OLDER_LOW], rate[LOW], rate[SINCE] = 0, rate[LEVEL], rate[AT] end
end

local function giveBack(rate, units, limit, period, taken)
  local given = math.min(units * period, MOST)
  local lowest, undrained = 0, 0
  if taken >= rate[SINCE] then lowest = rate[LOW]
  elseif taken >= rate[OLDER_SINCE] then lowest = rate[OLDER_LOW] end
  if taken <= rate[AT] then undrained = given - (rate[AT] - taken) * limit end
  local back = math.min(given, math.max(0, undrained, lowest), rate[LEVEL])
  rate[LEVEL] = rate[LEVEL] - back
  rate[LOW] = math.max(0, rate[LOW] - back)
  rate[OLDER_LOW] = math.max(0, rate[OLDER_LOW] - back)
end

-- Places whose leases ran out are free: whoever held them is dead, or its heartbeats do not come through. Beside the amounts,
-- '' is their sum and '!' the earliest a lease can run out; both keys outlive that by two leases more.
local function purge(leases, amounts, sum)
  local gone = redis.call('ZRANGEBYSCORE', leases, '-inf', wall, 'LIMIT', 0, 1000)
  if #gone > 0 then
    for _, amount in ipairs(redis.call('HMGET', amounts, unpack(gone))) do sum = sum - (tonumber(amount) or 0) end
    redis.call('ZREM', leases, unpack(gone))
    redis.call('HDEL', amounts, unpack(gone))
  end
  local first = redis.call('ZRANGE', leases, 0, 0, 'WITHSCORES')[2]
  sum = first and math.max(0, sum) or 0
  redis.call('HSET', amounts, '', sum, '!', first or wall + lease)
  redis.call('PEXPIRE', leases, 3 * lease)
  redis.call('PEXPIRE', amounts, 3 * lease)
  return sum
end

local reads, place = { KEYS[1] }, 2
for i = 1, rows do
  if n[1 + i * 7] == 2 then place = place + 2
  else reads[#reads + 1] = KEYS[place]; place = place + 1 end
end
local values = redis.call('MGET', unpack(reads))

local record = {}
if mode ~= 'take' and mode ~= 'deny' then
  if values[1] == 'settled' then return packed({ 3, now }) end
  if values[1] then record = doubles(values[1]) end
end

-- First look at everything, then change everything or nothing.
local key, read, granted, known = 2, 2, mode ~= 'deny', true
local row = {}
for i = 1, rows do
  local a = 1 + i * 7
  local r = {
    type = n[a], slot = n[a + 1] * 2 + 1, amount = n[a + 2], limit = n[a + 4], key = KEYS[key], wait = 0,
    held = 0, more = 0, period = n[a + 5], burst = n[a + 6], taken = 0, rate = false, sum = 0, used = false,
  }
  row[i] = r
  if r.type == 2 then
    key = key + 1
    r.amounts = KEYS[key]
    local got = redis.call('HMGET', r.amounts, '', '!', id)
    r.sum, r.held = tonumber(got[1]) or 0, tonumber(got[3]) or 0
    r.isNew = not got[2]
    if got[2] and tonumber(got[2]) <= wall then
      r.sum = purge(r.key, r.amounts, r.sum)
      r.held = tonumber(redis.call('HGET', r.amounts, id)) or 0
    end
    r.more = r.amount - r.held
    if r.more > 0 and r.sum + r.more > r.limit then r.wait = 1000000 end
  else
    local raw, has = values[read], record[r.slot]
    read = read + 1
    r.held = has and has >= 0 and has or n[a + 3]
    if mode == 'raise' then r.amount = math.max(r.amount, r.held) end
    r.more = r.amount - r.held
    if r.type == 1 then
      r.rate = look(r.key, raw, r.limit)
      r.taken = has and has > 0 and record[r.slot + 1] or r.rate[AT]
      local excess = r.rate[LEVEL] + r.more * r.period - r.burst * r.period
      if r.more > 0 and excess > 0 then r.wait = math.ceil(excess / r.limit) end
    else
      r.used = tonumber(raw)
      if not r.used then known = false
      elseif r.more > 0 and r.used + r.more > r.limit then r.wait = math.max(1, r.period - wall) * 1000 end
    end
  end
  if r.wait > 0 and (mode == 'ask' or mode == 'take') then granted = false end
  key = key + 1
end

local status = granted and 1 or 0
if not known and (mode == 'ask' or mode == 'take') then status = 2 end

local function remember(r, taken)
  for slot = #record + 1, r.slot - 1 do record[slot] = -1 end
  record[r.slot], record[r.slot + 1] = r.amount, taken
end

if status == 1 then
  for i = 1, rows do
    local r = row[i]
    if r.type == 1 then
      if r.more > 0 then
        if r.held == 0 then r.taken = r.rate[AT] end
        add(r.rate, r.more * r.period)
      elseif r.more < 0 then giveBack(r.rate, -r.more, r.limit, r.period, r.taken) end
      if r.more ~= 0 then keep(r.key, r.rate, r.limit) end
      remember(r, r.taken)
    elseif r.type == 2 then
      if r.amount > 0 then
        r.sum = r.sum + r.more
        redis.call('ZADD', r.key, wall + lease, id)
        redis.call('HSET', r.amounts, '', r.sum, id, r.amount)
        if r.isNew then purge(r.key, r.amounts, r.sum)
        -- The only one: the set is a new one, for Redis removes an empty one together with its time to live.
        elseif r.held == 0 and r.sum == r.amount then redis.call('PEXPIRE', r.key, 3 * lease) end
      elseif r.held > 0 then
        r.sum = math.max(0, r.sum + r.more)
        redis.call('ZREM', r.key, id)
        redis.call('HDEL', r.amounts, id)
        redis.call('HSET', r.amounts, '', r.sum)
      end
    elseif r.used then
      r.used = math.min(math.max(0, r.used + r.more), MOST)
      if r.more ~= 0 then redis.call('SET', r.key, r.used, 'KEEPTTL') end
      remember(r, 0)
    end
  end
  if mode == 'settle' then redis.call('SET', KEYS[1], 'settled', 'PX', n[5])
  elseif mode ~= 'take' then redis.call('SET', KEYS[1], packed(record), 'PX', n[4]) end
elseif status == 0 then
  for i = 1, gives do
    local a = 4 + rows * 7 + i * 4
    local rate = look(KEYS[key], redis.call('GET', KEYS[key]), n[a + 1])
    giveBack(rate, n[a], n[a + 1], n[a + 2], rate[AT] - n[a + 3])
    keep(KEYS[key], rate, n[a + 1])
    key = key + 1
  end
end

local reply, at = { status, now }, 2
for i = 1, rows do
  local r = row[i]
  local remaining, reset = 0, 0
  if r.type == 1 then
    remaining = math.max(0, math.floor((r.burst * r.period - r.rate[LEVEL]) / r.period))
    reset = math.ceil(r.rate[LEVEL] / r.limit)
  elseif r.type == 2 then remaining = r.limit - r.sum
  else
    remaining = r.used and math.max(r.limit - r.used, -1) or -2
    reset = math.max(0, r.period - wall) * 1000
  end
  reply[at + 1], reply[at + 2], reply[at + 3] = r.wait, remaining, reset
  at = at + 3
end
return packed(reply)
`;

export const LIMIT_SCRIPT_HASH = createHash('sha1').update(LIMIT_SCRIPT).digest('hex');
