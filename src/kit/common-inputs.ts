import { boolean, secret, text } from "./inputs.ts";

/** Inputs that every action takes. */
export const commonInputs = {
  token: secret(),
  "dry-run": boolean({ fallback: false }),
  /** Any text but `false` and `0` stops the action before it reads or writes anything. */
  paused: text({ fallback: "" }),
} as const;
