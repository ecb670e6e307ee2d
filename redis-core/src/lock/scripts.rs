//! What the servers do about a lock, each in one step.
//!
//! Every script answers with two integers: whose the lock is (1: the caller's, 0: nobody's, -1: somebody
//! else's), and a number that depends on the script. `KEYS` are always lock, fence and wake; `ARGV[1]` is
//! always the token.

use super::LockKeys;
use crate::command::Command;
use crate::script::Script;

/// Takes the lock if it is nobody's.
///
/// `ARGV`: token, lease in ms (0: none), how long to remember the fence in ms, 1 if a lock with this
/// token counts as acquired by an earlier sending of the same command. Answers with the fence, or how
/// long somebody else's lease lasts in ms.
pub(super) static ACQUIRE: Script = Script::new(
    "local owner = redis.call('GET', KEYS[1])
if owner and not (owner == ARGV[1] and ARGV[4] == '1') then
  return {-1, redis.call('PTTL', KEYS[1])}
end
local fence = tonumber(redis.call('GET', KEYS[2]) or '0')
if not owner or fence == 0 then
  local time = redis.call('TIME')
  fence = math.max(fence + 1, time[1] * 1000000 + time[2])
end
if ARGV[2] == '0' then
  redis.call('SET', KEYS[1], ARGV[1])
else
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
end
redis.call('SET', KEYS[2], string.format('%.0f', fence), 'PX', ARGV[3])
redis.call('DEL', KEYS[3])
return {1, fence}",
);

/// Gives the lock back and wakes one who waits.
///
/// `ARGV`: token, how long a wake-up that nobody takes is kept in ms, 1 to wake also where the lock is nobody's:
/// for one who leaves the queue and may have taken a wake-up along.
pub(super) static RELEASE: Script = Script::new(
    "local owner = redis.call('GET', KEYS[1])
if owner and owner ~= ARGV[1] then
  return {-1, redis.call('PTTL', KEYS[1])}
end
if owner then
  redis.call('DEL', KEYS[1])
elseif ARGV[3] ~= '1' then
  return {0, 0}
end
if redis.call('LLEN', KEYS[3]) == 0 then
  redis.call('RPUSH', KEYS[3], '1')
  redis.call('PEXPIRE', KEYS[3], ARGV[2])
end
return {owner and 1 or 0, 0}",
);

/// Gives the lease another end.
///
/// `ARGV`: token, time in ms, `add` to what is left, `set`, or `least`, and how long to remember the fence beyond it
/// in ms. Answers with how long the lease lasts now in ms, -1 if it has no end.
pub(super) static EXTEND: Script = Script::new(
    "local owner = redis.call('GET', KEYS[1])
if not owner then
  return {0, 0}
end
local left = redis.call('PTTL', KEYS[1])
if owner ~= ARGV[1] then
  return {-1, left}
end
if left < 0 then
  return {1, -1}
end
local lease = tonumber(ARGV[2])
if ARGV[3] == 'add' then
  lease = lease + left
elseif ARGV[3] == 'least' then
  lease = math.max(lease, left)
end
redis.call('PEXPIRE', KEYS[1], string.format('%.0f', lease))
redis.call('PEXPIRE', KEYS[2], string.format('%.0f', lease + tonumber(ARGV[4])))
return {1, lease}",
);

/// Says whose the lock is, and how long its lease lasts in ms.
pub(super) static LOOK: Script = Script::new(
    "local owner = redis.call('GET', KEYS[1])
if not owner then
  return {0, 0}
end
return {owner == ARGV[1] and 1 or -1, redis.call('PTTL', KEYS[1])}",
);

/// Raises the fence to what a majority agreed upon, if the lock is the caller's.
///
/// `ARGV`: token, fence, how long to remember it in ms.
pub(super) static RAISE: Script = Script::new(
    "local owner = redis.call('GET', KEYS[1])
if not owner then
  return {0, 0}
end
if owner ~= ARGV[1] then
  return {-1, redis.call('PTTL', KEYS[1])}
end
if tonumber(redis.call('GET', KEYS[2]) or '0') < tonumber(ARGV[2]) then
  redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
end
return {1, tonumber(ARGV[2])}",
);

/// The command that runs a script: the one place that knows how scripts are sent.
#[inline]
pub(super) fn run(script: &'static Script, keys: &LockKeys, token: &[u8]) -> Command<'static> {
    script.key(keys.lock()).key(keys.fence()).key(keys.wake()).arg(token).into_command()
}
