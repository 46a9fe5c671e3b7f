--[[
  Takes tokens from a bucket. Called twice it takes twice: who uses one of the answers is granted less, never more.

  KEYS[1]  rate_limit:{merchant_id}:points (the braces are not part of it)
  ARGV[1]  tokens wanted, an integer
  ARGV[2]  tokens that flow in a second from now on, greater than 0
  ARGV[3]  tokens the bucket holds at most, and where there is none yet; at least 1
  ARGV[4]  time to live in seconds, in which the bucket must fill up: one that is gone counts as full

  Returns the tokens granted, 0 up to what is wanted.

  The key is a hash, for others to read: `tokens` that were in the bucket at `at_ms` (milliseconds since the epoch by this
  server's clock), `rate_per_second` and `burst` as they were told last. A value that cannot be read, or is of another
  type, is overwritten by a full bucket. Needs Redis 5: before, a script that asked for the time could not write.
]]
local wanted, burst = tonumber(ARGV[1]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

-- Levels are counted in millionths of a token: as whole numbers they neither lose nor gain by being written and read.
local unit = 1000000
local level = burst * unit
local held = redis.pcall('HMGET', KEYS[1], 'tokens', 'at_ms', 'rate_per_second')
if held.err then
  redis.call('DEL', KEYS[1])
else
  local tokens, at, held_rate = tonumber(held[1]), tonumber(held[2]), tonumber(held[3])
  if tokens and at and held_rate then
    -- Nothing flows in while the clock goes backwards, and from its new time on it does again.
    local inflow = math.floor(math.max(0, now - at) * held_rate * unit / 1000)
    level = math.min(level, math.floor(tokens * unit + 0.5) + inflow)
  end
end

local granted = math.max(0, math.min(wanted, math.floor(level / unit)))
redis.call('HSET', KEYS[1],
  'tokens', string.format('%.6f', level / unit - granted), 'at_ms', string.format('%.0f', now),
  'rate_per_second', ARGV[2], 'burst', ARGV[3])
redis.call('EXPIRE', KEYS[1], ARGV[4])
return granted
