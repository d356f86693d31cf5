// The one script: sets what requests hold of their buckets, each request all or none, in one step of Redis. It takes the calls
// of many requests, looks at each of their buckets once and writes each once (docs/adr/0014). The arithmetic of rates is that of
// ../rate-bucket.ts and ../rate-level.ts, line by line; a contract suite runs over both. EVALSHA names a script by its own hash,
// so gateways of two versions never run each other's (docs/adr/0010).
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
 * Of the numbers of a rate: level, when seen, lowest level lately, since when, lowest before, since when, what the clock has gone
 * back by, the limit that the level is counted by, the burst last asked with, and since when what was taken may be given back. While
 * the limit was changed lately, nine more, of the level by the limit before: its level, until when it was the one asked with, its
 * four of the lowest, limit, burst, and when the higher of both limits was last taken by. The first seven are all that gateways of
 * before know, and write. In one table made by one call: in the script most of the time goes into garbage.
 */
const PLACES: Readonly<Record<string, number>> = {
  LEVEL: 1,
  AT: 2,
  LOW: 3,
  SINCE: 4,
  OLDER_LOW: 5,
  OLDER_SINCE: 6,
  OFF: 7,
  LIMIT: 8,
  BURST: 9,
  SURE: 10,
  // Of the level kept aside, which has no other use for the place.
  HIGHER: 10,
};

/** As numbers: each name that a function of the script refers to costs some 30 ns of every command. */
function withPlaces(script: string): string {
  return script.replace(/\[([A-Z_]+)\]/g, (whole, name: string) => {
    const place = PLACES[name];
    return place === undefined ? whole : `[${place}]`;
  });
}

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
export const LIMIT_SCRIPT = withPlaces(`
local MOST, SPAN, CLOCKS, LONGEST_MS = 9007199254740991, 120000000, 1000, 3456000000
local ASK, TAKE, RAISE, SETTLE, DENY = 0, 1, 2, 3, 4
local RATE, PLACE = 1, 2
local DENIED, GRANTED, UNKNOWN_BUDGET, SETTLED, FAILED = 0, 1, 2, 3, 4
local min, max, floor, ceil, fmod, unpacked, call =
  math.min, math.max, math.floor, math.ceil, math.fmod, struct.unpack, redis.call

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

local RATE_BYTES, ASIDE_BYTES, OLD_BYTES = 80, 152, 56
-- By key: what was looked at, the level kept aside, and what was changed. Mostly nothing is aside, which is asked first.
local rates, aside, changedRates, isAnyAside = {}, {}, {}, false

-- What only limits that were changed need: made when it is needed, for a function costs what a bucket does.
local made
local function ofChange()
  if made then return made end
  made = {}

  -- amount x limit / old for a lower limit, by quotient and remainder; for a higher one as it is.
  local function scaled(amount, limit, old, forRest)
    if limit >= old then return amount end
    local remainder = fmod(amount, old)
    local product = remainder * limit
    local rest = fmod(product, old)
    return (amount - remainder) / old * limit + (product - rest) / old + (rest > 0 and forRest or 0)
  end

  function made.readAside(rate, raw, elapsed, t)
    local at, other = rate[AT], { unpacked('<dddddd', raw, RATE_BYTES + 1) }
    other[LIMIT], other[BURST], other[HIGHER] = unpacked('<ddd', raw, RATE_BYTES + 49)
    local level = max(0, other[LEVEL] - elapsed * other[LIMIT])
    other[LEVEL] = level
    if level < other[LOW] then other[LOW] = level end
    if level < other[OLDER_LOW] then other[OLDER_LOW] = level end
    if at - other[SINCE] >= SPAN then
      other[OLDER_LOW], other[OLDER_SINCE], other[LOW], other[SINCE] = other[LOW], other[SINCE], level, at
    end
    if rate[LEVEL] == 0 and level == 0 then rate[SURE] = at
    -- A lower one would keep what a busy tenant took long ago by the higher one for as long as it is busy.
    elseif other[LIMIT] >= rate[LIMIT] or at - other[AT] < max(SPAN, t.period) then
      aside[t.key], isAnyAside = other, true
    end
  end

  local function putAside(key, rate, at, higher)
    rate[AT], rate[HIGHER] = at, higher
    aside[key], isAnyAside = rate, true
  end

  -- The same as another limit begins to see it: under a lower one what is left to drain keeps its time, under a higher one its
  -- units.
  local function under(rate, t)
    local limit, old, at, since, olderSince = t.limit, rate[LIMIT], rate[AT], rate[SINCE], rate[OLDER_SINCE]
    local low, olderLow = scaled(rate[LOW], limit, old, 0), scaled(rate[OLDER_LOW], limit, old, 0)
    local level = scaled(rate[LEVEL], limit, old, 1)
    return { level, at, low, since, olderLow, olderSince, rate[OFF], limit, t.burst, rate[SURE] }
  end

  -- The level by another limit than before: that which was kept aside, or one that begins now.
  function made.turned(rate, t)
    local key, at, off, other = t.key, rate[AT], rate[OFF], aside[t.key]
    changedRates[key] = true
    if other and other[LIMIT] == t.limit then
      local higher = other[HIGHER]
      other[AT], other[OFF], other[SURE] = at, off, rate[SURE]
      putAside(key, rate, at, higher)
      return other
    end
    if rate[LEVEL] == 0 then
      aside[key] = nil
      return { 0, at, 0, at, 0, at, off, t.limit, t.burst, at }
    end
    local after = under(rate, t)
    -- A third limit: the first is forgotten, and what of the level was taken by it.
    if other then after[SURE] = at + 1 end
    putAside(key, rate, at, at)
    return after
  end

  -- That of a higher limit, which a lower one must not add a burst to.
  function made.above(rate, key)
    local other = aside[key]
    return other and other[LIMIT] > rate[LIMIT] and other
  end

  function made.waitAbove(rate, more, t)
    local other = made.above(rate, t.key)
    if not other then return 0 end
    return max(0, ceil((other[LEVEL] + more * t.period - max(t.burst, other[BURST]) * t.period) / other[LIMIT]))
  end

  local function addTo(rate, more, at, by)
    if by > rate[LIMIT] then more = scaled(more, rate[LIMIT], by, 1) end
    local wasEmpty = rate[LEVEL] == 0
    rate[LEVEL] = min(rate[LEVEL] + more, MOST)
    if wasEmpty then rate[OLDER_LOW], rate[LOW], rate[SINCE] = 0, rate[LEVEL], at end
  end

  function made.add(rate, more, t)
    local key, by = t.key, t.limit
    -- What runs by a higher limit, granted before: else what it adds would be less than what that one granted, were it back.
    if by > rate[LIMIT] and not aside[key] then putAside(key, under(rate, t), rate[AT], rate[AT]) end
    local other = aside[key]
    addTo(rate, more, rate[AT], by)
    if not other then return end
    addTo(other, more, rate[AT], by)
    if by > min(rate[LIMIT], other[LIMIT]) then other[HIGHER] = rate[AT] end
  end

  -- By a lower limit less was added of what was taken by a higher one: of all that was taken before that last was, perhaps.
  function made.given(given, rate, t, taken)
    local other, by = aside[t.key], t.limit
    if other and taken <= other[HIGHER] then by = max(by, rate[LIMIT], other[LIMIT]) end
    return scaled(given, rate[LIMIT], by, 0), other, other and scaled(given, other[LIMIT], by, 0)
  end

  return made
end

-- Drained to now, by a clock that never goes back. isAsking: goes on by the limit of these terms. What runs is metered and ends
-- by the limit that it was granted by, long after that was changed.
local function look(t, isAsking)
  local key = t.key
  local rate = rates[key]
  if not rate then
    local raw = values[key]
    if not raw then rate = { 0, now, 0, now, 0, now, 0, t.limit, t.burst, now - CLOCKS }
    else
      local size = #raw
      rate = { unpacked(size == OLD_BYTES and '<ddddddd' or '<dddddddddd', raw) }
      if size == OLD_BYTES then rate[LIMIT], rate[BURST], rate[SURE] = t.limit, t.burst, 0 end
      local seen, at = rate[AT], now + rate[OFF]
      if at < seen then
        rate[OFF] = rate[OFF] + seen - at
        at = seen
        -- Kept even if nothing is taken: else everybody would be denied until the clock is where it was.
        changedRates[key] = true
      end
      local level = max(0, rate[LEVEL] - (at - seen) * rate[LIMIT])
      rate[LEVEL], rate[AT] = level, at
      if level < rate[LOW] then rate[LOW] = level end
      if level < rate[OLDER_LOW] then rate[OLDER_LOW] = level end
      if at - rate[SINCE] >= SPAN then
        rate[OLDER_LOW], rate[OLDER_SINCE], rate[LOW], rate[SINCE] = rate[LOW], rate[SINCE], level, at
      end
      if size == ASIDE_BYTES then ofChange().readAside(rate, raw, at - seen, t) end
    end
    rates[key] = rate
  end
  if isAsking then
    if rate[LIMIT] ~= t.limit then
      rate = ofChange().turned(rate, t)
      rates[key] = rate
    end
    rate[BURST] = t.burst
  end
  return rate
end

local function add(rate, units, t)
  local more = min(units * t.period, MOST)
  if isAnyAside or t.limit > rate[LIMIT] then return ofChange().add(rate, more, t) end
  local wasEmpty = rate[LEVEL] == 0
  rate[LEVEL] = min(rate[LEVEL] + more, MOST)
  if wasEmpty then rate[OLDER_LOW], rate[LOW], rate[SINCE] = 0, rate[LEVEL], rate[AT] end
end

local function giveBack(rate, units, t, taken)
  if taken < rate[SURE] then return end
  local given, other, others = min(units * t.period, MOST), nil, 0
  if isAnyAside or t.limit > rate[LIMIT] then given, other, others = ofChange().given(given, rate, t, taken) end
  local at = rate[AT]
  while rate do
    local lowest, undrained = 0, 0
    if taken >= rate[SINCE] then lowest = rate[LOW]
    elseif taken >= rate[OLDER_SINCE] then lowest = rate[OLDER_LOW] end
    if taken <= at then undrained = given - (at - taken) * rate[LIMIT] end
    local back = min(given, max(0, undrained, lowest), rate[LEVEL])
    rate[LEVEL] = rate[LEVEL] - back
    rate[LOW] = max(0, rate[LOW] - back)
    rate[OLDER_LOW] = max(0, rate[OLDER_LOW] - back)
    rate, given, other = other, others, nil
  end
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
        local rate = look(t, mode == TAKE or mode == ASK and amount > 0)
        rowTaken[i] = has and has > 0 and record[slot + 1] or rate[AT]
        if more > 0 then
          local excess = rate[LEVEL] + more * t.period - t.burst * t.period
          if excess > 0 then wait = ceil(excess / rate[LIMIT]) end
          if isAnyAside then wait = max(wait, ofChange().waitAbove(rate, more, t)) end
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
      local rate = look(t, false)
      giveBack(rate, units, t, rate[AT] - age)
      changedRates[t.key] = true
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
        add(rate, more, t)
      elseif more < 0 then giveBack(rate, -more, t, taken) end
      if more ~= 0 then changedRates[t.key] = true end
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
    local rate = rates[t.key]
    local level, other = rate[LEVEL], isAnyAside and ofChange().above(rate, t.key)
    local free = t.burst * t.period - level
    if other then free = min(free, max(t.burst, other[BURST]) * t.period - other[LEVEL]) end
    remaining = max(0, floor(free / t.period))
    reset = ceil(level / rate[LIMIT])
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

for key in pairs(changedRates) do
  local rate, other = rates[key], aside[key]
  local lasts = rate[LEVEL] / rate[LIMIT]
  if other then lasts = max(lasts, other[LEVEL] / other[LIMIT]) end
  if lasts <= 0 then call('DEL', KEYS[key])
  else
    local value = struct.pack('<dddddddddd', unpack(rate, 1, 10))
    if other then
      value = value .. struct.pack('<dddddd', unpack(other, 1, 6)) .. struct.pack('<ddd', other[LIMIT], other[BURST], other[HIGHER])
    end
    call('SET', KEYS[key], value, 'PX', min(ceil(lasts / 1000) + slackMs, LONGEST_MS))
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
`);

export const LIMIT_SCRIPT_HASH = createHash('sha1').update(LIMIT_SCRIPT).digest('hex');
