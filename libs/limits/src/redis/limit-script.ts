// The one script: sets what requests hold of their buckets, each request all or none, in one step of Redis. It takes the calls
// of many requests, looks at each of their buckets once and writes each once (docs/adr/0014). The arithmetic of rates is that of
// ../rate-bucket.ts, line by line; a contract suite runs over both. EVALSHA names a script by its own hash, so gateways of two
// versions never run each other's (docs/adr/0010).
import { createHash } from 'node:crypto';

/**
 * `ask`: grant all or deny. `take`: the same without a record. `raise`: what is held now is at least this, never denied; leases
 * of places begin anew. `settle`: this was used, never denied, and nothing about this request counts after it. `deny`: only
 * give back.
 */
export const SCRIPT_MODE = { ask: 0, take: 1, raise: 2, settle: 3, deny: 4 } as const;
export type ScriptMode = keyof typeof SCRIPT_MODE;

export const SCRIPT_STATUS = {
  denied: 0,
  granted: 1,
  /** A budget's counter is not there: seed it and ask again. Nothing was changed. */
  unknownBudget: 2,
  /** The request was settled before. Nothing was changed. */
  settled: 3,
  /** Something else lies under one of its keys. Nothing was changed; the other calls are answered. */
  failed: 4,
} as const;

/** Types of terms. */
export const TERM_TYPE = { rate: 1, place: 2, budget: 3 } as const;

/** Numbers of a view: wait (µs), remaining, reset (µs). */
export const VIEW_NUMBERS = 3;

/**
 * KEYS: the records; the rates and budgets; the places, two each: leases, and the amounts beside them.
 * ARGV: all numbers as little-endian doubles in one string (cheaper than a thousand arguments, or JSON), then the id of each
 * record. The numbers: now (µs, -1: the server's clock), now (ms), lease, record and tombstone ms, how many records, records
 * with rates and budgets, terms, calls. Six a term: type, key, limit, period (µs) or end (ms), burst, how many records hold of
 * it (of places only), and these. A call: mode, record (0: none), rows, give-backs; four a row: term, slot in the record, amount,
 * believed; three a give-back: term, units, age (µs).
 *
 * The reply: a string of doubles, then what failed first, or nothing. A call's doubles are its status, and the view of each row
 * for `ask`, `take` and `raise`. A record holds of each slot the amount (-1: not known) and when it was first taken.
 *
 * Every number is whole and at most 2^53, where Lua's doubles are exact: the caller sees to it that unit x period is.
 * All that is read of rates, budgets and records is one MGET, and places are looked through for leases that ran out only when
 * one can have. Beyond that the time goes into Lua, and there into tables: a row has none of its own, but a place in a few lists
 * that all calls use one after the other.
 */
export const LIMIT_SCRIPT = `
local MOST, SPAN, LONGEST_MS = 9007199254740991, 120000000, 3456000000
local ASK, TAKE, RAISE, SETTLE, DENY = 0, 1, 2, 3, 4
local RATE, PLACE = 1, 2
local DENIED, GRANTED, UNKNOWN_BUDGET, SETTLED, FAILED = 0, 1, 2, 3, 4
local min, max, floor, ceil, unpacked, call = math.min, math.max, math.floor, math.ceil, struct.unpack, redis.call

local formats = setmetatable({}, { __index = function(known, count)
  known[count] = '<' .. string.rep('d', count)
  return known[count]
end })
local numbers, at = ARGV[1], 1
local function nextDoubles(format, count)
  local from = at
  at = at + count * 8
  return unpacked(format, numbers, from)
end
local function packed(list) return struct.pack(formats[#list], unpack(list)) end

local now, wall, lease, recordMs, tombstoneMs, records, valued, terms, calls = nextDoubles('<ddddddddd', 9)
-- An empty bucket and no bucket are the same. A test's clock may stand still while the server's runs: kept for an hour then.
local slackMs = 3600000
if now == -1 then
  slackMs = 1000
  local time = call('TIME')
  now = time[1] * 1000000 + time[2]
  wall = floor(now / 1000)
end

local values = {}
if valued > 0 then values = call('MGET', unpack(KEYS, 1, valued)) end

-- A rate is seven numbers: level, when seen, lowest level lately, since when, lowest before, since when, and what the clock has
-- gone back by. In one table made by one call: here most of the time goes into garbage.
local LEVEL, AT, LOW, SINCE, OLDER_LOW, OLDER_SINCE, OFF = 1, 2, 3, 4, 5, 6, 7
-- By key: what was looked at, and the limit of what was changed.
local rates, changedRates = {}, {}

-- Drained to now, by a clock that never goes back.
local function look(key, limit)
  local rate = rates[key]
  if rate then return rate end
  local raw = values[key]
  if not raw then
    rate = { 0, now, 0, now, 0, now, 0 }
    rates[key] = rate
    return rate
  end
  rate = { unpacked('<ddddddd', raw) }
  local seen, at = rate[AT], now + rate[OFF]
  if at < seen then
    rate[OFF] = rate[OFF] + seen - at
    at = seen
    -- Kept even if nothing is taken: else everybody would be denied until the clock is where it was.
    changedRates[key] = limit
  end
  local level = max(0, rate[LEVEL] - (at - seen) * limit)
  rate[LEVEL], rate[AT] = level, at
  if level < rate[LOW] then rate[LOW] = level end
  if level < rate[OLDER_LOW] then rate[OLDER_LOW] = level end
  if at - rate[SINCE] >= SPAN then
    rate[OLDER_LOW], rate[OLDER_SINCE], rate[LOW], rate[SINCE] = rate[LOW], rate[SINCE], level, at
  end
  rates[key] = rate
  return rate
end

local function add(rate, more)
  local wasEmpty = rate[LEVEL] == 0
  rate[LEVEL] = min(rate[LEVEL] + more, MOST)
  if wasEmpty then rate[OLDER_LOW], rate[LOW], rate[SINCE] = 0, rate[LEVEL], rate[AT] end
end

local function giveBack(rate, units, limit, period, taken)
  local given = min(units * period, MOST)
  local lowest, undrained = 0, 0
  if taken >= rate[SINCE] then lowest = rate[LOW]
  elseif taken >= rate[OLDER_SINCE] then lowest = rate[OLDER_LOW] end
  if taken <= rate[AT] then undrained = given - (rate[AT] - taken) * limit end
  local back = min(given, max(0, undrained, lowest), rate[LEVEL])
  rate[LEVEL] = rate[LEVEL] - back
  rate[LOW] = max(0, rate[LOW] - back)
  rate[OLDER_LOW] = max(0, rate[OLDER_LOW] - back)
end

-- Places whose leases ran out are free: whoever held them is dead, or its heartbeats do not come through. Beside the amounts,
-- '' is their sum and '!' the earliest a lease can run out; both keys outlive that by two leases more.
local function purge(leases, amounts, sum)
  local gone = call('ZRANGEBYSCORE', leases, '-inf', wall, 'LIMIT', 0, 1000)
  if #gone > 0 then
    for _, amount in ipairs(call('HMGET', amounts, unpack(gone))) do sum = sum - (tonumber(amount) or 0) end
    call('ZREM', leases, unpack(gone))
    call('HDEL', amounts, unpack(gone))
  end
  local first = call('ZRANGE', leases, 0, 0, 'WITHSCORES')[2]
  sum = first and max(0, sum) or 0
  call('HSET', amounts, '', sum, '!', first or wall + lease)
  call('PEXPIRE', leases, 3 * lease)
  call('PEXPIRE', amounts, 3 * lease)
  return sum
end

-- By key of the leases: the sum, what the requests of these calls hold, and what of that was changed, by record.
local places = {}

local function placeOf(key)
  local place = places[key]
  if place.isRead then return place end
  local amounts = KEYS[key + 1]
  local got = call('HMGET', amounts, '', '!', unpack(place.ids))
  place.sum = tonumber(got[1]) or 0
  place.isNew = not got[2]
  if got[2] and tonumber(got[2]) <= wall then
    place.sum = purge(KEYS[key], amounts, place.sum)
    got = call('HMGET', amounts, '', '!', unpack(place.ids))
  end
  place.wasEmpty = place.sum == 0
  for i, record in ipairs(place.records) do place.held[record] = tonumber(got[i + 2]) or 0 end
  place.isRead = true
  return place
end

local budgets, changedBudgets = {}, {}
local function budgetOf(key)
  if budgets[key] == nil then budgets[key] = tonumber(values[key]) or false end
  return budgets[key]
end

local held, changedRecords = {}, {}
local function recordOf(number)
  if held[number] then return held[number] end
  local raw, record = values[number], {}
  if raw == 'settled' then record = 'settled'
  elseif raw then
    record = { unpacked(formats[#raw / 8], raw) }
    -- Behind the values unpack gives the place where it stopped.
    record[#record] = nil
  end
  held[number] = record
  return record
end

local term = {}
for i = 1, terms do
  local kind, key, limit, period, burst, holders = nextDoubles('<dddddd', 6)
  term[i] = { kind = kind, key = key, limit = limit, period = period, burst = burst }
  local place = places[key]
  if kind == PLACE and not place then
    place = { ids = {}, records = {}, held = {}, changed = {}, hasChanged = false, isRead = false, sum = 0 }
    places[key] = place
  end
  for _ = 1, holders do
    local record = nextDoubles('<d', 1)
    place.records[#place.records + 1] = record
    place.ids[#place.ids + 1] = ARGV[1 + record]
  end
end

-- Of the rows of the call at hand.
local rowTerm, rowSlot, rowAmount, rowHeld, rowMore, rowWait, rowTaken = {}, {}, {}, {}, {}, {}, {}

-- Looks at everything of one call, then changes everything or nothing.
local function decide(mode, number, rows, gives, from)
  local isAsked = mode == ASK or mode == TAKE
  local record = {}
  if number > 0 then record = recordOf(number) end
  if record == 'settled' then return SETTLED end
  local granted, known = mode ~= DENY, true
  for i = 1, rows do
    local of, slot, amount, held = unpacked('<dddd', numbers, from + (i - 1) * 32)
    local t = term[of]
    local kind, wait, more = t.kind, 0, 0
    slot = slot * 2 + 1
    if kind == PLACE then
      local place = placeOf(t.key)
      held = place.held[number] or 0
      more = amount - held
      if more > 0 and place.sum + more > t.limit then wait = 1000000 end
    else
      local has = record[slot]
      if has and has >= 0 then held = has end
      if mode == RAISE and held > amount then amount = held end
      more = amount - held
      if kind == RATE then
        local rate = look(t.key, t.limit)
        rowTaken[i] = has and has > 0 and record[slot + 1] or rate[AT]
        if more > 0 then
          local excess = rate[LEVEL] + more * t.period - t.burst * t.period
          if excess > 0 then wait = ceil(excess / t.limit) end
        end
      else
        local used = budgetOf(t.key)
        if not used then known = false
        elseif more > 0 and used + more > t.limit then wait = max(1, t.period - wall) * 1000 end
      end
    end
    rowTerm[i], rowSlot[i], rowAmount[i], rowHeld[i], rowMore[i], rowWait[i] = t, slot, amount, held, more, wait
    if wait > 0 and isAsked then granted = false end
  end
  if not known and isAsked then return UNKNOWN_BUDGET end
  if not granted then
    for i = 1, gives do
      local of, units, age = unpacked('<ddd', numbers, from + rows * 32 + (i - 1) * 24)
      local t = term[of]
      local rate = look(t.key, t.limit)
      giveBack(rate, units, t.limit, t.period, rate[AT] - age)
      changedRates[t.key] = t.limit
    end
    return DENIED
  end
  for i = 1, rows do
    local t, more = rowTerm[i], rowMore[i]
    local taken = 0
    if t.kind == RATE then
      local rate = rates[t.key]
      taken = rowTaken[i]
      if more > 0 then
        if rowHeld[i] == 0 then taken = rate[AT] end
        add(rate, more * t.period)
      elseif more < 0 then giveBack(rate, -more, t.limit, t.period, taken) end
      if more ~= 0 then changedRates[t.key] = t.limit end
    elseif t.kind == PLACE then
      taken = false
      if rowAmount[i] > 0 or rowHeld[i] > 0 then
        local place = places[t.key]
        place.sum = max(0, place.sum + more)
        place.held[number], place.changed[number], place.hasChanged = rowAmount[i], rowAmount[i], true
      end
    else
      local used = budgets[t.key]
      if used then
        budgets[t.key] = min(max(0, used + more), MOST)
        if more ~= 0 then changedBudgets[t.key] = true end
      else taken = false end
    end
    if taken then
      for slot = #record + 1, rowSlot[i] - 1 do record[slot] = -1 end
      record[rowSlot[i]], record[rowSlot[i] + 1] = rowAmount[i], taken
    end
  end
  if number > 0 then
    if mode == SETTLE then held[number] = 'settled' end
    changedRecords[number] = true
  end
  return GRANTED
end

local reply = {}
local function view(i)
  local t = rowTerm[i]
  local remaining, reset = 0, 0
  if t.kind == RATE then
    local level = rates[t.key][LEVEL]
    remaining = max(0, floor((t.burst * t.period - level) / t.period))
    reset = ceil(level / t.limit)
  elseif t.kind == PLACE then remaining = t.limit - places[t.key].sum
  else
    local used = budgets[t.key]
    remaining = used and max(t.limit - used, -1) or -2
    reset = max(0, t.period - wall) * 1000
  end
  reply[i * 3 - 1], reply[i * 3], reply[i * 3 + 1] = rowWait[i], remaining, reset
end

local replies, failure = {}, ''
for i = 1, calls do
  local mode, record, rows, gives = nextDoubles('<dddd', 4)
  local from = at
  at = at + rows * 32 + gives * 24
  local isWhole, status = pcall(decide, mode, record, rows, gives, from)
  if not isWhole then
    if failure == '' then failure = type(status) == 'table' and status.err or tostring(status) end
    status = FAILED
  end
  local size = 1
  reply[1] = status
  if mode <= RAISE then
    size = 1 + 3 * rows
    if status <= UNKNOWN_BUDGET then
      for row = 1, rows do view(row) end
    else
      for at = 2, size do reply[at] = 0 end
    end
  end
  replies[i] = struct.pack(formats[size], unpack(reply, 1, size))
end

for key, limit in pairs(changedRates) do
  local rate = rates[key]
  if rate[LEVEL] <= 0 then call('DEL', KEYS[key])
  else
    local value = struct.pack('<ddddddd', rate[1], rate[2], rate[3], rate[4], rate[5], rate[6], rate[7])
    call('SET', KEYS[key], value, 'PX', min(ceil(rate[LEVEL] / limit / 1000) + slackMs, LONGEST_MS))
  end
end
for key in pairs(changedBudgets) do call('SET', KEYS[key], budgets[key], 'KEEPTTL') end
for key, place in pairs(places) do
  if place.hasChanged then
    local leases, amounts = KEYS[key], KEYS[key + 1]
    local leased, set, gone = {}, { '', place.sum }, {}
    for record, amount in pairs(place.changed) do
      local id = ARGV[1 + record]
      if amount > 0 then
        leased[#leased + 1] = wall + lease
        leased[#leased + 1] = id
        set[#set + 1] = id
        set[#set + 1] = amount
      else gone[#gone + 1] = id end
    end
    if #leased > 0 then call('ZADD', leases, unpack(leased)) end
    if #gone > 0 then
      call('ZREM', leases, unpack(gone))
      call('HDEL', amounts, unpack(gone))
    end
    call('HSET', amounts, unpack(set))
    if place.isNew then purge(leases, amounts, place.sum)
    -- The set is a new one, for Redis removes an empty one together with its time to live.
    elseif place.wasEmpty and #leased > 0 then call('PEXPIRE', leases, 3 * lease) end
  end
end
for number in pairs(changedRecords) do
  if held[number] == 'settled' then call('SET', KEYS[number], 'settled', 'PX', tombstoneMs)
  else call('SET', KEYS[number], packed(held[number]), 'PX', recordMs) end
end
return { table.concat(replies), failure }
`;

export const LIMIT_SCRIPT_HASH = createHash('sha1').update(LIMIT_SCRIPT).digest('hex');
