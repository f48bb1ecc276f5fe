import { describe, expect, test } from "@jest/globals";
import { type Doings, interventionsIn } from "../../src/kit/people.ts";

const OURS = "Update FAQ\n\nTrace-Id: 0b5e7d3a-52f4-4d0c-9a53-0c2f6e1b7a11";
const by = (author: string | null, message = "Mend a word") => ({ author, message });
const NOTHING: Doings = { commits: [by("github-actions[bot]", OURS)], reviews: [], mergedBy: "github-actions[bot]", mergedAt: 1_000 };

describe("how often people took a hand", () => {
  const CASES: readonly (readonly [name: string, doings: Partial<Doings>, count: number, loops?: readonly string[]])[] = [
    ["nobody did", {}, 0],
    ["a person merged", { mergedBy: "ada" }, 1],
    ["nobody merged yet", { mergedBy: null, mergedAt: null }, 0],
    ["a push of several commits is one", { commits: [by("github-actions[bot]", OURS), by("ada"), by("ada"), by("ada")] }, 1],
    ["two pushes with somebody else's between them", { commits: [by("ada"), by("bob"), by("ada"), by("dependabot[bot]"), by("ada")] }, 4],
    ["a commit of whom GitHub does not know", { commits: [by(null), by(null)] }, 1],
    ["the loop's own commit whose author GitHub does not know", { commits: [by(null, OURS)] }, 0],
    ["the loop works with an account of its own", { commits: [by("Loop-Robot", OURS)], mergedBy: "loop-robot" }, 0, ["loop-robot"]],
    ["a person's commit under the loop's trace id is a person's", { commits: [by("ada", OURS)] }, 1],
    ["an objection and an approval of the same person", { reviews: [{ author: "ada", at: 10 }, { author: "ada", at: 20 }] }, 2],
    ["a review of a bot, and one after the merge", { reviews: [{ author: "copilot[bot]", at: 10 }, { author: "ada", at: 1_001 }] }, 0],
    ["a review while it is open", { reviews: [{ author: "ada", at: 5_000 }], mergedBy: null, mergedAt: null }, 1],
    ["all of it", { commits: [by("ada")], reviews: [{ author: "bob", at: 1_000 }], mergedBy: "eve" }, 3],
  ];
  test.each(CASES)("%s", (_, doings, count, loops = []) => {
    expect(interventionsIn({ ...NOTHING, ...doings }, loops)).toBe(count);
  });
});
