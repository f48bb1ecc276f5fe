import { boolean, oneOf, secret, text } from "./inputs.ts";

/** Inputs that every action takes. */
export const commonInputs = {
  token: secret(),
  "dry-run": boolean({ fallback: false }),
  /** Any text but `false` and `0` stops the action before it reads or writes anything. */
  paused: text({ fallback: "" }),
  /** Where tasks are on record; an address that is none costs a warning, never the stage. */
  "redis-url": secret({ fallback: "" }),
  "database-url": secret({ fallback: "" }),
  "ledger-branch": text({
    fallback: "",
    max: 200,
    pattern: /^(?![/-])(?!.*(?:\.\.|\/\/|@\{|\/\.|\.lock(?:\/|$)))[^\s~^:?*[\\\u0000-\u001F\u007F]+$/,
    takes: "the name of a branch of its own, such as `instant-ledger`",
    type: "branch",
  }),
  /** Who is told of errors and traces; a setting that cannot be read costs a warning, never the stage. */
  "sentry-dsn": secret({ fallback: "" }),
  "otlp-endpoint": text({ fallback: "", type: "address" }),
  "otlp-headers": secret({ fallback: "" }),
  /** Who is told of alerts, one channel a line; a line that cannot be read costs a warning, never the stage. */
  notify: secret({ fallback: "", plain: /^issue(?::\/\/)?$/, type: "secret, one channel a line" }),
  environment: text({ fallback: "production", max: 64 }),
  "log-format": oneOf(["text", "json"], { fallback: "text" }),
} as const;

/** Set by the stages behind faq-generate; empty when the task is to be known by its commit or pull request. */
export const traceIdInput = {
  "trace-id": text({
    fallback: "",
    pattern: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
    takes: "a UUID in lower case, as `trace-id` of faq-generate gives it",
    type: "UUID",
  }),
} as const;
