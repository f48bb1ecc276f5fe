// Two real processes behind a real nginx, which users go by: they are moved to what is healthy, and back when it does not stay so.
import { tmpdir } from "node:os";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Answer, ask, startSlot, startSlots, startUser, type Slots } from "../../../src/cli/slots/index.ts";
import { program } from "../../../src/cli/programs.ts";
import type { Report } from "../../../src/kit/report.ts";
import { httpVersion } from "../../../src/probes/version.ts";
import { type HealthPorts, verify } from "../../../src/stages/post-deploy-health/index.ts";
import { openCommands } from "../../../src/workspace/commands.ts";
import { FakeRepository, masked, OTHER, policyOf, portsOf, SHA } from "./fakes.ts";

const nginx = program("nginx");
const withNginx = "path" in nginx ? describe : describe.skip;

process.env["PROMOTE_TOKEN"] = "promote-s3cret";
afterAll(() => void delete process.env["PROMOTE_TOKEN"]);

interface Stage extends Slots, AsyncDisposable {
  readonly repo: FakeRepository;
  /** One user who never stops asking. */
  readonly user: ReturnType<typeof startUser>;
}

/** Blue serves the version before, and users; green the commit. */
async function stage({ blue = {}, green = {} }: { readonly blue?: Partial<Parameters<typeof startSlot>[0]>; readonly green?: Partial<Parameters<typeof startSlot>[0]> } = {}): Promise<Stage> {
  const slots = await startSlots("path" in nginx ? nginx.path : "", { blue: await startSlot({ commit: OTHER, ...blue }), green: await startSlot({ commit: SHA, ...green }) });
  const user = startUser(slots.url, 10);
  return { ...slots, repo: new FakeRepository(), user, [Symbol.asyncDispose]: async () => {
    await user.stop();
    await slots.close();
  } };
}

interface Told extends Report {
  readonly reasons: readonly string[];
}

async function run(here: Stage, given: Readonly<Record<string, string>> = {}, more: Partial<HealthPorts["promotion"]> = {}): Promise<Told> {
  const policy = policyOf({
    "version-url": `${here.url}/version`, "health-urls": `${here.url}/healthz`, "green-version-url": `${here.green.url}/version`, "green-urls": `${here.green.url}/healthz`,
    "promote-command": here.promote, "abort-command": here.abort, "watch-seconds": "1", "probe-timeout-seconds": "5", ...given,
  });
  const promotion = {
    run: openCommands({ root: tmpdir(), allowed: policy.commandEnv, secrets: [policy.token], mask: (value) => void masked.push(value) }),
    greenVersion: policy.greenVersionUrl === "" ? null : httpVersion(policy.greenVersionUrl, "commit"),
    holding: <T>(work: (cancelled: AbortSignal) => Promise<T>) => work(new AbortController().signal),
    ...more,
  };
  const report = await verify(policy, { ...portsOf(here.repo, policy), promotion });
  return { ...report, reasons: (JSON.parse(report.outputs["reasons"] ?? "[]") as string[]) };
}

/** Resolves when users get this commit: nginx takes its time to follow. */
async function served({ url }: Stage, commit: string): Promise<void> {
  const deadline = Date.now() + 20_000;
  while ((await ask(`${url}/`)).commit !== commit) {
    if (Date.now() > deadline) throw new Error(`users were not served ${commit}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** A command that does nothing until users get this commit. */
const waitFor = ({ url }: Stage, commit: string) => `until (exec 3<>/dev/tcp/127.0.0.1/${new URL(url).port}; printf 'GET /version HTTP/1.0\\r\\n\\r\\n' >&3; grep -q ${commit} <&3); do sleep 0.05; done`;

const codes = ({ reasons }: Told) => reasons.map((reason) => reason.split(":")[0]);
const versions = (answers: readonly Answer[]) => [...new Set(answers.map(({ commit }) => commit))];
const failed = (answers: readonly Answer[]) => answers.filter(({ status }) => status !== 200);

/** Stories are told side by side, because each of them is mostly waiting; the tests say how they ended. */
const stories = new Map<string, () => Promise<void>>();
const story = (name: string, tell: () => Promise<void>) => void stories.set(name, tell);
const LANES = 4;

/** So that a story without an end is named, and the others are told. */
const tooLate = () => new Promise<never>((_, reject) => void setTimeout(() => reject(new Error("it did not end within 120 s")), 120_000).unref());

async function tellAll(): Promise<Map<string, unknown>> {
  const wrong = new Map<string, unknown>();
  const left = [...stories];
  const lane = async () => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      const [name, tell] = next;
      await Promise.race([tell(), tooLate()]).catch((error: unknown) => wrong.set(name, error));
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return wrong;
}

withNginx(`users behind nginx${"missing" in nginx ? `: ${nginx.missing}` : ""}`, () => {
  story("are moved to a healthy version without one request that fails", async () => {
    await using here = await stage();
    const told = await run(here);
    expect(told.outputs).toMatchObject({ verdict: "healthy", phase: "verified", promoted: "true", "moved-back": "false", "deployed-sha": SHA, reasons: "[]" });
    expect(told.failed).toBeUndefined();
    const answers = await here.user.stop();
    expect([failed(answers), versions(answers)]).toEqual([[], [OTHER, SHA]]);
    expect(told.summary).toMatch(/✅ a1b2c3d is promoted and healthy[\s\S]*While nobody used it[\s\S]*\| 3 \| 0 \| 0 \|[\s\S]*the promote command succeeded[\s\S]*With users on it[\s\S]*\| \d+ \| 0 \| 0 \|/);
    // Asked once more whether it is wanted; what users are served needs one comparison.
    expect(here.repo.calls).toEqual(["target a1b2c3d", "contains 0f1e2d3", "target a1b2c3d"]);
  });

  story("never see a version that is sick where nobody uses it", async () => {
    await using here = await stage({ green: { sick: true } });
    const told = await run(here);
    expect(told.outputs).toMatchObject({ verdict: "unhealthy", phase: "merged", promoted: "false", "moved-back": "false", "deployed-sha": "" });
    expect(codes(told)).toEqual(["probe-failed"]);
    expect(told.summary).toMatch(/❌ a1b2c3d was not promoted: it is unhealthy[\s\S]*the abort command succeeded/);
    const answers = await here.user.stop();
    expect([failed(answers), versions(answers)]).toEqual([[], [OTHER]]);
  });

  story("are moved back within seconds when it turns sick with them", async () => {
    await using here = await stage({ green: { sickAfter: 150 } });
    // Its measurements are over long before it is sick: a watch goes on all the same.
    const site = (url: string) => `{ name: site, kind: http, url: "${url}/healthz", count: 5, failure-limit: 2, interval-seconds: 0.1 }`;
    here.repo.files["ops/health.yaml"] = `probes: [${site(here.url)}]\ngreen: { probes: [${site(here.green.url)}] }\n`;
    const told = await run(here, { "watch-seconds": "20", "health-urls": "", "green-urls": "", "health-file": "ops/health.yaml" });
    expect(told.outputs).toMatchObject({ verdict: "unhealthy", phase: "merged", promoted: "false", "moved-back": "true", "deployed-sha": "" });
    expect(codes(told)).toEqual(["after-promotion", "probe-failed"]);
    expect(told.summary).toMatch(/❌ a1b2c3d was promoted, and users were moved back[\s\S]*\*\*moved-back\*\*[\s\S]*With users on it/);
    await here.user.stop();
    const { answers } = here.user;
    const sick = failed(answers);
    expect(sick.map(({ commit }) => commit).every((commit) => commit === SHA)).toBe(true);
    expect((sick.at(-1)?.at ?? 0) - (sick[0]?.at ?? 0)).toBeLessThan(5_000);
    expect(answers.at(-1)).toMatchObject({ status: 200, commit: OTHER });
  });

  story("are given the version before when the promote command fails half-way", async () => {
    await using here = await stage();
    const told = await run(here, { "promote-command": `${here.promote}\necho "no lease for $INSTANT_COMMIT" >&2\nexit 3` });
    expect(told.outputs).toMatchObject({ verdict: "inconclusive", phase: "merged", promoted: "false", "moved-back": "true" });
    expect(told.reasons).toEqual([`promotion-failed: users could not be moved: the promote command failed, perhaps half-way: it exited with 3: no lease for ${SHA}`]);
    expect((await ask(`${here.url}/`)).commit).toBe(OTHER);
    expect(failed(await here.user.stop())).toEqual([]);
  });

  story("may be anywhere when the abort command fails: people are called, and told what to run", async () => {
    await using here = await stage({ green: { sickAfter: 20 } });
    const told = await run(here, { "watch-seconds": "20", "abort-command": 'echo try; echo "permission denied" >&2; exit 1' });
    expect(told.outputs).toMatchObject({ verdict: "unhealthy", phase: "deployed", promoted: "unknown", "moved-back": "false", "deployed-sha": SHA });
    expect(codes(told)).toEqual(["abort-failed", "after-promotion", "probe-failed"]);
    expect(told.summary.match(/the abort command \*\*failed\*\*/g)).toHaveLength(2);
    expect(told.summary).toContain(`\`\`\`sh\nexport INSTANT_COMMIT=${SHA}\necho try; echo "permission denied" >&2; exit 1\n\`\`\``);
    expect(told.failed).toContain("must go, and users may still be served it");
    expect(told.alerts).toEqual([expect.objectContaining({ severity: "P0", state: "firing", key: expect.stringMatching(/^deployment:/), text: expect.stringContaining("Run by hand:\nexport INSTANT_COMMIT=") })]);
  });

  story("who stay where they are although the commands succeed: nothing is believed that is not seen", async () => {
    await using here = await stage();
    const stuck = await run(here, { "promote-command": "true", "health-timeout-seconds": "1", "probe-count": "1" });
    expect([stuck.outputs["verdict"], stuck.outputs["promoted"], ...codes(stuck)]).toEqual(["inconclusive", "false", "promotion-not-seen"]);
    const lost = await run(here, { "promote-command": `${here.promote}\nexit 1`, "abort-command": waitFor(here, SHA), "health-timeout-seconds": "1", "probe-count": "1" });
    expect([lost.outputs["promoted"], lost.outputs["moved-back"], ...codes(lost)]).toEqual(["unknown", "false", "still-served", "promotion-failed"]);
    expect(lost.alerts?.[0]).toMatchObject({ severity: "P0" });
  });

  story("whose version was sick already are moved to one that is not", async () => {
    await using here = await stage({ blue: { sick: true } });
    expect((await run(here)).outputs).toMatchObject({ verdict: "healthy", promoted: "true" });
    await here.user.stop();
    expect(here.user.answers.at(-1)).toMatchObject({ status: 200, commit: SHA });
  });

  story("whose version was as sick say nothing against the new one; they stay", async () => {
    await using here = await stage({ blue: { sick: true }, green: { sick: true } });
    const told = await run(here);
    expect([told.outputs["verdict"], told.outputs["promoted"], ...codes(told)]).toEqual(["inconclusive", "false", "sick-before", "probe-failed"]);
  });

  story("are where a job that died left them, until it is run again: it goes on, and does not deploy what it would go back to", async () => {
    await using here = await stage();
    await run(here, { "watch-seconds": "0" });
    // Such as slots that change their roles with the promotion: nothing shows the commit any more where nobody uses it.
    const swapped = { "green-version-url": `${here.blue.url}/version`, "green-urls": `${here.blue.url}/healthz`, "deploy-workflow": "deploy.yml" };
    const again = await run(here, swapped);
    expect(again.outputs).toMatchObject({ verdict: "healthy", promoted: "true", "moved-back": "false" });
    expect(again.summary).toContain("served-already");
    expect(here.repo.calls.some((call) => call.startsWith("dispatch"))).toBe(false);
    here.green.say("sick");
    const sick = await run(here, { ...swapped, "watch-seconds": "10" });
    expect(sick.outputs).toMatchObject({ verdict: "unhealthy", promoted: "false", "moved-back": "true" });
    expect((await ask(`${here.url}/`)).commit).toBe(OTHER);
    const answers = await here.user.stop();
    expect(failed(answers).every(({ commit }) => commit === SHA)).toBe(true);
  });

  story("are moved back when the job is ended in the watch", async () => {
    await using here = await stage();
    const cancel = new AbortController();
    const holding = <T>(work: (cancelled: AbortSignal) => Promise<T>) => work(cancel.signal);
    const running = run(here, { "watch-seconds": "60" }, { holding });
    await served(here, SHA);
    cancel.abort();
    const told = await running;
    expect([told.outputs["verdict"], told.outputs["promoted"], told.outputs["moved-back"], ...codes(told)]).toEqual(["inconclusive", "false", "true", "cancelled"]);
    await served(here, OTHER);
  });

  let wrong = new Map<string, unknown>();
  beforeAll(async () => void (wrong = await tellAll()), 300_000);
  test.each([...stories.keys()])("%s", (name) => {
    if (wrong.has(name)) throw wrong.get(name);
  });
});
