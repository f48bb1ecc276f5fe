import { failure } from "../kit/errors.ts";
import { isTraceId } from "../kit/ids.ts";
import type { Alert, Severity } from "./port.ts";
import { address, clean, fit, oneLine } from "./text.ts";

/** What a message says about its alert. `reminder`: it still fires. */
export type Kind = "firing" | "reminder" | "resolved";

/** An alert as channels show it: lengths bounded, text free of control characters, but not yet escaped. */
export interface Message {
  readonly key: string;
  readonly kind: Kind;
  readonly severity: Severity;
  /** `🔴 P0 firing: title`, on one line. */
  readonly headline: string;
  readonly title: string;
  /** May be empty. */
  readonly text: string;
  /** Neither part is empty. */
  readonly fields: readonly { readonly name: string; readonly value: string }[];
  /** Addresses of pages that may be linked to as they are. */
  readonly links: readonly { readonly label: string; readonly url: string }[];
  /** `trace-id: …`, which needs no escaping; empty when there is none. */
  readonly footer: string;
}

const KEY = /^[A-Za-z0-9][A-Za-z0-9._:/@-]{0,199}$/;
const SEVERITIES: readonly string[] = ["P0", "P1", "P2", "P3"];
const WORDS: Readonly<Record<Kind, string>> = { firing: "firing", reminder: "still firing", resolved: "resolved" };
const MARKS: Readonly<Record<Severity, string>> = { P0: "🔴", P1: "🟠", P2: "🟡", P3: "🔵" };
const MOST_FIELDS = 20;
const MOST_LINKS = 8;

/** @throws InstantError blaming INSTANT: alerts are made by its own stages. */
export function checkAlert(alert: Alert): void {
  const wrong = [
    ...(KEY.test(alert.key) ? [] : ["its key takes at most 200 letters, digits and . _ : / @ -, and begins with a letter or digit"]),
    ...(SEVERITIES.includes(alert.severity) ? [] : ["its severity is P0, P1, P2 or P3"]),
    ...(alert.state === "firing" || alert.state === "resolved" ? [] : ["its state is firing or resolved"]),
  ];
  if (wrong.length === 0) return;
  const what = `An alert (${fit(oneLine(alert.key), 80)}) cannot be told: ${wrong.join("; ")}`;
  throw failure("instant", { what, fix: "Report this with the log of the job." });
}

export function compose(alert: Alert, kind: Kind): Message {
  const title = fit(oneLine(alert.title), 200) || "(no title)";
  const mark = kind === "resolved" ? "✅" : MARKS[alert.severity];
  const fields = alert.fields.slice(0, MOST_FIELDS).map(({ name, value }) => ({ name: fit(oneLine(name), 60) || "–", value: fit(clean(value).trim(), 500) || "–" }));
  const links = alert.links.flatMap(({ label, url }) => {
    const href = address(url);
    return href === undefined ? [] : [{ label: fit(oneLine(label), 80) || "link", url: href }];
  });
  return {
    key: alert.key,
    kind,
    severity: alert.severity,
    headline: `${mark} ${alert.severity} ${WORDS[kind]}: ${title}`,
    title,
    text: clean(alert.text).trim(),
    fields,
    links: links.slice(0, MOST_LINKS),
    footer: isTraceId(alert.traceId) ? `trace-id: ${alert.traceId}` : "",
  };
}
