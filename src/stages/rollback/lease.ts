import { shortSha } from "../../kit/ids.ts";
import type { Facts } from "./facts.ts";
import { LEASE_MS } from "./policy.ts";
import { marksOf, rollsBackIn } from "./text.ts";

/** Another rollback that is at work now. */
export interface UnderWay {
  /** What it takes back, as short as it is known. */
  readonly commit: string;
  readonly url: string;
}

/**
 * The rollbacks of other commits that go before this one. GitHub numbers pull requests one after the other, so opening one is taking a
 * turn: who was there first goes first, until it has merged and knows how production is. A run that died holds nobody up for ever, and
 * one that waits for people holds nobody up at all.
 */
export function underWay(facts: Facts, sha: string): readonly UnderWay[] {
  const { hotfixes, incidents, branch, now } = facts;
  const alive = (at: number) => now - at < LEASE_MS;
  const own = facts.hotfix.pulls.find(({ state }) => state === "open")?.number ?? Infinity;
  const marked = incidents.map((incident) => ({ ...incident, about: rollsBackIn(incident.body) ?? "", state: marksOf(incident.body).state }));
  const waiting = (short: string) => marked.some(({ about, open, state }) => short !== "" && about.startsWith(short) && open && (state === "stopped" || state === "waiting"));
  const opened = hotfixes.flatMap(({ name, message, pull }) => {
    const about = rollsBackIn(message) ?? "";
    if (name === branch || pull === null || pull.number > own || !alive(pull.createdAt) || waiting(about)) return [];
    return [{ commit: about === "" ? name : shortSha(about), url: pull.url }];
  });
  const verifying = marked.filter(({ about, open, state, updatedAt }) => about !== "" && about !== sha && open && state === "verifying" && alive(updatedAt));
  return [...opened, ...verifying.map(({ about, url }) => ({ commit: shortSha(about), url }))];
}
