import type { At } from "./description.ts";

/** What is wrong with a description as such. Rules are named as Spectral and Redocly name them, where they know them. */
export interface Fault {
  readonly rule: string;
  readonly text: string;
  readonly level: "failure" | "warning";
  readonly at: At;
}

export type Tell = (rule: string, text: string, at: At, level?: Fault["level"]) => void;
