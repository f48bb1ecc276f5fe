import { messageOf } from "../../kit/errors.ts";
import { program } from "../programs.ts";
import { type Drill, type DrillResult, type Figures, nothing } from "./port.ts";
import { Scene } from "./scene.ts";
import { seconds } from "./table.ts";

const LIMIT_MS = 2 * 60_000;

export interface Stage {
  /** Plays a drill to its end and clears up after it; never throws. */
  play(drill: Drill): Promise<DrillResult>;
  /** Ends what is being played. */
  close(): Promise<void>;
}

/** Why a drill cannot be played on this machine; undefined when it can. */
export function missingFor(drill: Drill): string | undefined {
  return drill.programs?.map(program).flatMap((found) => ("missing" in found ? [found.missing] : []))[0];
}

export function openStage(): Stage {
  const scenes = new Set<Scene>();
  const play = async (drill: Drill): Promise<DrillResult> => {
    const scene = new Scene();
    scenes.add(scene);
    try {
      const figures = await within(drill.limitMs ?? LIMIT_MS, drill.run(scene));
      for (const late of tooLate(figures)) scene.expect(late, false);
      return { name: drill.name, ok: scene.broken.length === 0, ...figures, ...(scene.broken.length === 0 ? {} : { notes: scene.broken.join("; ") }) };
    } catch (error) {
      return { name: drill.name, ok: false, ...nothing, notes: [...scene.broken, messageOf(error)].join("; ") };
    } finally {
      await scene.close();
      scenes.delete(scene);
    }
  };
  return { play, close: async () => void (await Promise.all([...scenes].map((scene) => scene.close()))) };
}

/** What is promised (docs/drills.md); milliseconds. Recovery counts from detection. */
const PROMISES = { detection_ms: 3 * 60_000, decision_ms: 30_000, recovery_ms: 5 * 60_000 } as const;
const ALL_MS = 8 * 60_000;

/** Which promises a drill did not keep. */
function tooLate(figures: Figures): string[] {
  const late = (["detection_ms", "decision_ms", "recovery_ms"] as const).filter((name) => (figures[name] ?? 0) > PROMISES[name]);
  const all = (figures.detection_ms ?? 0) + (figures.recovery_ms ?? 0);
  return [...late.map((name) => `${name.replace("_ms", "")} took ${seconds(figures[name] ?? 0)}, more than ${seconds(PROMISES[name])}`), ...(late.length === 0 && all > ALL_MS ? [`all of it took ${seconds(all)}, more than ${seconds(ALL_MS)}`] : [])];
}

async function within<T>(limitMs: number, work: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`it did not end within ${limitMs / 1_000} s`)), limitMs);
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

/** Plays drills, so many side by side, and tells each as it ends. @returns the results in the order of the drills. */
export async function playAll(stage: Stage, drills: readonly Drill[], sideBySide: number, tell: (result: DrillResult) => void): Promise<DrillResult[]> {
  const results: DrillResult[] = [];
  let next = 0;
  const lane = async () => {
    for (let index = next++; index < drills.length; index = next++) {
      const drill = drills[index];
      if (drill === undefined) return;
      const result = await stage.play(drill);
      results[index] = result;
      tell(result);
    }
  };
  await Promise.all(Array.from({ length: sideBySide }, lane));
  return results;
}
