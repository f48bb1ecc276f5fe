// What ioredis makes its methods from, in the place of a table of all 450 commands of Redis: see the decision that package.json names.
// `redis.call("NAME", …)` sends any other.

"use strict";

/** By what ioredis asks of a command: whether it may be sent while the server loads its data, and whether it only reads. */
const LOADING = ["auth", "exec", "hello", "info", "multi", "quit", "select"];
const READING = [
  "exists", "get", "hget", "hgetall", "hkeys", "hmget", "hvals", "keys", "mget", "scan", "smembers", "ttl", "zcard", "zrange", "zrangebyscore", "zrevrange", "zscore",
];
const OTHERS = [
  "client", "decr", "del", "eval", "evalsha", "expire", "hdel", "hincrby", "hset", "incr", "incrby", "ping", "pexpire", "sadd", "script", "set", "srem", "zadd", "zincrby", "zrem",
  "zremrangebyscore",
];

const flags = new Map([...LOADING.map((name) => [name, "loading"]), ...READING.map((name) => [name, "readonly"]), ...OTHERS.map((name) => [name, ""])]);
const known = (name, caseInsensitive) => (caseInsensitive ? String(name).toLowerCase() : name);

exports.list = [...flags.keys()];
exports.exists = (name, options) => flags.has(known(name, options?.caseInsensitive));
exports.hasFlag = (name, flag, options) => flags.get(known(name, options?.nameCaseInsensitive)) === flag;
/** Asked for a key prefix and by a cluster, of which neither is used. */
exports.getKeyIndexes = (name) => {
  throw new Error(`Where the keys of ${name} stand is not known here: key prefixes and clusters are not served`);
};
