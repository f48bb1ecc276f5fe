export type { Behaviour, Fault } from "./behaviour.ts";
export { extractAnswer, type Extract } from "./extract.ts";
export { startModelServer, type ModelRequest, type ModelServer, type ModelServerOptions } from "./server.ts";
