import type { Scene } from "./scene.ts";

/** One thing that goes wrong, rehearsed with the real bundles and the real templates. */
export interface Drill {
  readonly name: string;
  /** What goes wrong, and how it has to end: one line. */
  readonly about: string;
  /** Programs of others that it needs, by the names of tools/programs.json. */
  readonly programs?: readonly string[];
  /** Longest time, in milliseconds. Default: two minutes. */
  readonly limitMs?: number;
  /** What has to hold is told to the scene; what is thrown fails the drill too. */
  readonly run: (scene: Scene) => Promise<Figures>;
}

/** Milliseconds; null where there is nothing of the kind, or where it was not measured: a whole loop's time is none of them. */
export interface Figures {
  /** From the trouble to the moment a stage knew of it. */
  readonly detection_ms: number | null;
  /** From there to what was decided: the hotfix, or the incident that calls people. */
  readonly decision_ms: number | null;
  /** From there to a healthy production again, or to the answer that was asked for. */
  readonly recovery_ms: number | null;
  /** Questions that ended neither answered nor with a reason; null where they were not counted. */
  readonly lost: number | null;
  /** For a person, in a few words. */
  readonly notes: string;
}

/** What `npm run drill -- --json` prints of each. */
export interface DrillResult extends Figures {
  readonly name: string;
  readonly ok: boolean;
}

export const nothing: Omit<Figures, "notes"> = { detection_ms: null, decision_ms: null, recovery_ms: null, lost: null };
