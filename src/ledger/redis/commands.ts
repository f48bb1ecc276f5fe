import { list } from "@ioredis/commands";

/**
 * When it is loaded, ioredis makes two methods for each of Redis' 450 commands on each of three classes, which is half of what loading
 * costs. Of the list that it makes them from only what is sent here, or by ioredis itself, is kept; `call` sends any other. To be
 * imported before ioredis. Where that reads another list one day, loading takes longer and all goes on working.
 */
const SENT = new Set([
  "auth", "client", "del", "eval", "exec", "expire", "get", "hello", "hgetall", "hset", "hvals", "info", "multi", "sadd", "scan", "select", "smembers", "srem", "zrange", "zrangebyscore",
  "zremrangebyscore",
]);

list.splice(0, list.length, ...list.filter((name) => SENT.has(name)));
