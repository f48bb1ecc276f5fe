import type { IncidentComment, IncidentFacts } from "../../github/port.ts";
import { incidentOf } from "./facts.ts";
import { duplicateBody, type Ended, endComment, issueBody, marked, type Outcome, stateIn, stateOf, updatedBody } from "./incident-text.ts";
import { ISSUE_LABELS } from "./policy.ts";
import type { RollbackPorts } from "./ports.ts";
import { issueTitle, type Story } from "./texts.ts";

export interface Incident {
  readonly number: number;
  readonly url: string;
  /** False when an earlier run had opened it. */
  readonly isNew: boolean;
}

const JUDGED: ReadonlySet<string> = new Set(["healthy", "unhealthy", "inconclusive", "settled"]);

type Known = IncidentFacts & { readonly isNew: boolean };

/** The one P0 issue of a commit as this run knows it: found by its marks, opened when there is none, kept up to date. */
export class Incidents {
  readonly #ports: Pick<RollbackPorts, "repo" | "log">;
  readonly #onCall: (story: Story, incident: Incident) => void;
  #known: Known | null = null;
  #labelIds: Readonly<Record<string, string>> = {};

  /** @param onCall is told when this run has opened the incident of what was taken back: production may take minutes to be well again. */
  constructor(ports: Pick<RollbackPorts, "repo" | "log">, onCall: (story: Story, incident: Incident) => void = () => {}) {
    this.#ports = ports;
    this.#onCall = onCall;
  }

  /** Whether this run opened it. */
  get opened(): boolean {
    return this.#known?.isNew === true;
  }

  /** Ids of labels that were made on the way, by name. */
  learn(labelIds: Readonly<Record<string, string>>): void {
    this.#labelIds = { ...this.#labelIds, ...labelIds };
  }

  /** What was read last counts. */
  see(incident: IncidentFacts | null): void {
    if (incident !== null) this.#known = { ...incident, isNew: this.#known?.number === incident.number && this.#known.isNew };
  }

  /** As a state that people read in it now; empty when there is none. */
  get state(): string {
    return this.#known === null ? "" : stateIn(this.#known);
  }

  /** Sees to it that people are called. What they were called for before is brought up to date without a word. */
  async call(story: Story, outcome: Exclude<Outcome, Ended>): Promise<Incident> {
    const known = this.#known;
    if (known === null) return this.#open(story, outcome);
    const isNews = outcome.kind !== "merged" || outcome.now;
    // One that was closed, or tells how it ended, is changed by what has happened now, not by a run that only looks.
    const isOver = !known.open || JUDGED.has(this.state);
    if (isNews || (!isOver && stateOf(outcome) !== this.state)) await this.#write(story, outcome, null, known.open ? null : "open");
    return this.#shown(known);
  }

  /** Tells how it ended: once, whoever says it again. Healthy closes it. */
  async end(story: Story, outcome: Ended): Promise<void> {
    const { verdict } = outcome.result;
    const known = this.#known;
    if (known === null || (this.state === verdict && known.open === (verdict !== "healthy"))) return;
    // Closed by a person after the verdict: they know.
    if (!known.open && verdict === "healthy") return;
    await this.#write(story, outcome, endComment(story, outcome), verdict === "healthy" ? "closed" : known.open ? null : "open");
  }

  async #open(story: Story, outcome: Outcome): Promise<Incident> {
    const { repo, log } = this.#ports;
    const { opened, incidents } = await repo.openIncident({ repositoryId: story.facts.repositoryId, title: issueTitle(story), body: issueBody(story, outcome), mark: `rolls-back: ${story.commit.sha}`, labels: ISSUE_LABELS, labelIds: { ...story.facts.labelIds, ...this.#labelIds } });
    const first = incidentOf([...incidents, opened], story.commit.sha) ?? opened;
    if (first.number !== opened.number && opened.open) await this.#fold(opened, first);
    log.info("the incident is open", { operation: "rollback", issue: first.url });
    this.#known = { ...first, isNew: first.number === opened.number };
    const shown = this.#shown(this.#known);
    if (shown.isNew && outcome.kind === "merged") this.#onCall(story, shown);
    return shown;
  }

  /** Another run called people in the same moment, and before: one incident is enough. */
  async #fold(opened: IncidentFacts, first: IncidentFacts): Promise<void> {
    await this.#ports.repo.tellIncident({ incident: opened, body: duplicateBody(opened), comment: marked(`#${first.number} was opened for the same rollback in the same moment; it goes on there.`, "twice"), state: "closed" });
  }

  async #write(story: Story, outcome: Outcome, comment: IncidentComment | null, state: "open" | "closed" | null): Promise<void> {
    const known = this.#known;
    if (known === null) return;
    const body = updatedBody(story, outcome, known);
    await this.#ports.repo.tellIncident({ incident: known, body, comment, state });
    this.#known = { ...known, body, open: state === null ? known.open : state === "open" };
  }

  #shown({ number, url, isNew }: Known): Incident {
    return { number, url, isNew };
  }
}
