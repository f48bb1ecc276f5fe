import type { CheckOptions, Finding, Results, Subject } from "../port.ts";
import type { Answer, Ask } from "./ask.ts";
import type { Link } from "./extract.ts";

/** More addresses than this are not asked for one change, and none after this time. */
const MAX_ADDRESSES = 100;
const MAX_MS = 60_000;
/** Hosts that are asked side by side; of one host one address after the other. */
const MAX_HOSTS = 8;
/** How long a page that was there is not asked for again. */
const FRESH_MS = 24 * 60 * 60 * 1000;

export interface Placed {
  readonly path: string;
  readonly link: Link;
}

/** Asks for the pages that new links lead to. What cannot be told never fails: somebody else's outage must not stop a merge. */
export async function externalFindings(subject: Subject, links: readonly Placed[], policy: CheckOptions["externalLinks"], ask: Ask): Promise<{ findings: readonly Finding[]; detail: string }> {
  const addresses = [...new Set(links.map(({ link }) => addressOf(link.url)).filter((address) => address !== null))];
  const answers = await askAll(addresses, remembering(subject.results, ask), AbortSignal.any([subject.signal, AbortSignal.timeout(Math.min(MAX_MS, subject.timeoutMs))]));
  const findings = links.flatMap(({ path, link }): readonly Finding[] => {
    const answer = answers.get(addressOf(link.url) ?? "");
    if (answer === undefined || answer.kind === "alive") return [];
    const { line, column, endLine } = link;
    const shown = link.url.length > 200 ? `${link.url.slice(0, 197).toWellFormed()}…` : link.url;
    const place = { path, line, column, endLine };
    if (answer.kind === "unsure") return [{ ...place, level: "notice", rule: "links/external-unsure", message: `Whether ${shown} leads somewhere cannot be told: ${answer.detail}.` }];
    return [{ ...place, level: policy === "fail" ? "failure" : "warning", rule: "links/external", message: `${shown} leads nowhere: ${answer.detail}. Correct it, or take it out.` }];
  });
  return { findings, detail: `${addresses.length} of other sites asked` };
}

/** Only that a page is there is kept: what is broken is mended by others, at any time. */
function remembering(results: Results, ask: Ask): Ask {
  return async (url, signal) => {
    const known = results.find("external", [url.href]) as { readonly at: number } | undefined;
    if (known !== undefined && Date.now() - known.at < FRESH_MS && known.at <= Date.now()) return { kind: "alive", detail: "asked earlier" };
    const answer = await ask(url, signal);
    if (answer.kind === "alive") results.keep("external", [url.href], { at: Date.now() });
    return answer;
  };
}

/** Without its fragment, which no server is told; null for what is not asked for. */
function addressOf(url: string): string | null {
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) return null;
  const address = new URL(url);
  address.hash = "";
  return address.href;
}

async function askAll(addresses: readonly string[], ask: Ask, signal: AbortSignal): Promise<ReadonlyMap<string, Answer>> {
  const answers = new Map<string, Answer>();
  const hosts = Map.groupBy(addresses.slice(0, MAX_ADDRESSES), (address) => new URL(address).host);
  for (const address of addresses.slice(MAX_ADDRESSES)) answers.set(address, { kind: "unsure", detail: `more than ${MAX_ADDRESSES} addresses are new in this change` });
  const waiting = [...hosts.values()];
  const work = async () => {
    for (let host = waiting.pop(); host !== undefined; host = waiting.pop()) await askHost(host, ask, signal, answers);
  };
  await Promise.all(Array.from({ length: MAX_HOSTS }, work));
  return answers;
}

async function askHost(addresses: readonly string[], ask: Ask, signal: AbortSignal, answers: Map<string, Answer>): Promise<void> {
  let busy = false;
  for (const address of addresses) {
    if (signal.aborted) answers.set(address, { kind: "unsure", detail: "there was no time left to ask" });
    else if (busy) answers.set(address, { kind: "unsure", detail: "its host asked to be left alone" });
    else {
      const answer = await ask(new URL(address), signal);
      answers.set(address, answer);
      busy = answer.busy === true;
    }
  }
}
