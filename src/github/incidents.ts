import { failure } from "../kit/errors.ts";
import type { GraphqlError } from "./answers.ts";
import type { Api } from "./client.ts";
import type { IncidentFacts, Rollbacks } from "./port.ts";
import { createLabelsMutation, DELETE_COMMENT, labelsQuery, MORE_INCIDENTS, OPEN_INCIDENT, tellIncidentMutation } from "./queries/rollbacks.ts";
import { type Connection, nodesOf } from "./shapes.ts";

export interface IncidentNode {
  readonly id: string;
  readonly number: number;
  readonly url: string;
  readonly title: string;
  readonly body: string;
  readonly state: "OPEN" | "CLOSED";
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly labels: Connection<{ readonly name: string }> | null;
}

type LabelMade = { readonly label: { readonly id: string; readonly name: string } | null } | null;

const MAX_PAGES = 10;
/** What a commit or a job says of the time and what GitHub says differ by less than this. */
const SKEW_MS = 86_400_000;
const NEEDS = "issues: write";
/** Grey, as GitHub gives it to a label that somebody just uses. */
const LABEL_COLOR = "ededed";

/** Whom two labels mark as an incident; only who may triage can set them. */
export function incidentsIn(page: Connection<IncidentNode> | null | undefined): readonly IncidentFacts[] {
  return nodesOf(page).filter(({ labels }) => nodesOf(labels).some(({ name }) => name === "P0")).map(incidentFacts);
}

function incidentFacts({ id, number, url, title, body, state, createdAt, updatedAt }: IncidentNode): IncidentFacts {
  return { id, number, url, title, body, open: state === "OPEN", createdAt: Date.parse(createdAt), updatedAt: Date.parse(updatedAt) };
}

/** Newest first; further pages are read until one holds `mark`, or what is older than `since` (epoch milliseconds). */
export async function allIncidents(api: Api, first: Connection<IncidentNode> | null, { mark, since }: { readonly mark: string; readonly since: number }): Promise<readonly IncidentFacts[]> {
  const found: IncidentFacts[] = [];
  let page = first;
  for (let pages = 1; ; pages += 1) {
    found.push(...incidentsIn(page));
    const oldest = nodesOf(page).at(-1);
    const enough = found.some(({ body }) => body.includes(mark)) || (oldest !== undefined && Date.parse(oldest.createdAt) < since - SKEW_MS);
    if (page !== null && (enough || !page.pageInfo?.hasNextPage || pages >= MAX_PAGES)) return found;
    const { repository } = await api.graphql<{ repository: { incidents: Connection<IncidentNode> } }>({
      query: MORE_INCIDENTS,
      variables: { owner: api.owner, name: api.repo, after: page?.pageInfo?.endCursor ?? null },
      doing: "list the incidents",
      needs: NEEDS,
    });
    page = repository.incidents;
  }
}

interface Opened {
  readonly createIssue: { readonly issue: (IncidentNode & { readonly repository: { readonly incidents: Connection<IncidentNode> } }) | null } | null;
}

/** After an uncertain answer the incidents are looked through for the mark: two alarms for one incident wear people out. */
export async function openIncident(api: Api, wanted: Parameters<Rollbacks["openIncident"]>[0]): ReturnType<Rollbacks["openIncident"]> {
  const { repositoryId, title, body, mark, labels } = wanted;
  // Incidents are known by their labels: without them the next run would not find it.
  const ids = { ...wanted.labelIds, ...(await createLabels(api, repositoryId, labels.filter((label) => wanted.labelIds[label] === undefined))) };
  const began = api.clock.now();
  const answer = await api.graphql<Opened | { readonly found: readonly IncidentFacts[] }>({
    query: OPEN_INCIDENT,
    variables: { issue: { repositoryId, title, body, labelIds: labels.flatMap((label) => ids[label] ?? []) } },
    doing: "open the incident",
    needs: NEEDS,
    recover: async () => {
      const incidents = await allIncidents(api, null, { mark, since: began });
      return incidents.some((incident) => incident.body.includes(mark)) ? { found: incidents } : undefined;
    },
  });
  if ("found" in answer) {
    // The first of this mark, should there be several.
    const opened = answer.found.filter((incident) => incident.body.includes(mark)).toSorted((one, other) => one.number - other.number)[0];
    if (opened) return { opened, incidents: answer.found };
  }
  const issue = "createIssue" in answer ? answer.createIssue?.issue : undefined;
  if (!issue) throw failure("service", { what: "GitHub did not say which incident it opened", fix: "Run the job again; it is not opened twice." });
  return { opened: incidentFacts(issue), incidents: incidentsIn(issue.repository.incidents) };
}

/** Variables `label{i}` that make labels. */
export function labelVariables(repositoryId: string, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(names.map((name, i) => [`label${i}`, { repositoryId, name, color: LABEL_COLOR }]));
}

/** Ids by name of what came of them. */
export function labelsMade(data: object | null | undefined): Record<string, string> {
  const made = Object.entries(data ?? {}).filter(([key]) => /^label\d+$/.test(key)).map(([, value]) => (value as LabelMade)?.label);
  return Object.fromEntries(made.flatMap((label) => (label ? [[label.name, label.id]] : [])));
}

/** A label that could not be made is used by name later on, or told by whoever refuses it. */
export function isAboutLabels({ path }: GraphqlError): boolean {
  return /^label\d+$/.test(String(path?.[0]));
}

/** Ids by name of labels that were made; one that somebody made in the same moment is looked up. */
async function createLabels(api: Api, repositoryId: string, names: readonly string[]): Promise<Record<string, string>> {
  if (names.length === 0) return {};
  const answer = await api.graphql<object>({
    query: createLabelsMutation(names.length),
    variables: labelVariables(repositoryId, names),
    doing: `make the labels ${names.join(", ")}`,
    needs: NEEDS,
    answer: (errors, data) => (errors.every((error) => isAboutLabels(error) && /already been taken/i.test(error.message)) ? (data ?? {}) : undefined),
  });
  const made = labelsMade(answer);
  const taken = names.filter((name) => made[name] === undefined);
  if (taken.length === 0) return made;
  const { repository } = await api.graphql<{ repository: Readonly<Record<string, { id: string } | null>> }>({
    query: labelsQuery(taken.length),
    variables: { owner: api.owner, name: api.repo, ...Object.fromEntries(taken.map((name, i) => [`label${i}`, name])) },
    doing: `look up the labels ${taken.join(", ")}`,
    needs: NEEDS,
  });
  return { ...made, ...Object.fromEntries(taken.flatMap((name, i) => (repository[`label${i}`] ? [[name, repository[`label${i}`]?.id ?? ""]] : []))) };
}

interface Told {
  readonly addComment?: {
    readonly commentEdge: { readonly node: CommentNode | null } | null;
    readonly subject: { readonly comments?: Connection<CommentNode & { readonly body: string; readonly viewerDidAuthor: boolean }> } | null;
  } | null;
}

interface CommentNode {
  readonly id: string;
  readonly createdAt: string;
}

/** Two runs that work on one incident are this near to each other when they tell how it ended; later it is news again. */
const SAME_MOMENT_MS = 5 * 60_000;

/** Text and state may be written again; a comment may not, so it is looked for after an uncertain answer. */
export async function tellIncident(api: Api, told: Parameters<Rollbacks["tellIncident"]>[0]): Promise<void> {
  const { incident, body, comment, state } = told;
  const since = new Date(api.clock.now() - 10_000).toISOString();
  const query = { since, per_page: 100 };
  const send = (withComment: boolean, recover?: () => Promise<Told | undefined>) =>
    api.graphql<Told>({
      query: tellIncidentMutation({ comment: withComment, state }),
      variables: {
        issue: { id: incident.id, body },
        ...(withComment ? { comment: { subjectId: incident.id, body: comment?.body } } : {}),
        ...(state === "closed" ? { close: { issueId: incident.id, stateReason: "COMPLETED" } } : {}),
        ...(state === "open" ? { reopen: { issueId: incident.id } } : {}),
      },
      doing: `write to the incident #${incident.number}`,
      needs: NEEDS,
      ...(recover ? { recover } : {}),
    });
  if (comment === null) return void (await send(false));
  const answer = await send(true, async () => {
    const { data } = await api.rest({ method: "GET", path: `/issues/${incident.number}/comments`, query, doing: `read the comments of #${incident.number}`, needs: NEEDS });
    const there = (data as readonly { readonly body: string }[]).some((one) => one.body === comment.body);
    return there ? send(false) : undefined;
  });
  const twin = laterOfTwins(answer, comment.mark);
  // A comment that stands there twice is no reason to fail.
  if (twin !== null) await api.graphql({ query: DELETE_COMMENT, variables: { comment: { id: twin } }, doing: `take back a comment on #${incident.number} that another run wrote too`, needs: NEEDS }).catch(() => undefined);
}

/** GitHub takes every comment, but says which there are then: of two runs the later one sees the other's. */
function laterOfTwins({ addComment }: Told, mark: string): string | null {
  const own = addComment?.commentEdge?.node;
  if (!own) return null;
  const comments = nodesOf(addComment?.subject?.comments);
  const before = comments.slice(0, Math.max(0, comments.findIndex(({ id }) => id === own.id)));
  return before.some(({ body, createdAt, viewerDidAuthor }) => viewerDidAuthor && body.includes(mark) && Date.parse(own.createdAt) - Date.parse(createdAt) < SAME_MOMENT_MS) ? own.id : null;
}
