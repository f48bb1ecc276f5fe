import { errorsIn, messageIn } from "./answers.ts";
import type { Api } from "./client.ts";
import { explainRest } from "./errors.ts";
import type { PullFile, PullRequests } from "./port.ts";
import { readEntries } from "./entries.ts";
import { readPull } from "./pull-facts.ts";
import { readPullRange } from "./pull-range.ts";

const PER_PAGE = 100;
/** The pull request files API ends at 3,000 files (PLATFORM, Limits). */
const MAX_PAGES = 30;

export function pullRequests(api: Api): PullRequests {
  return {
    openPull: (pull) => openPull(api, pull),
    readPull: (number, wanted) => readPull(api, number, wanted.faqPath),
    readPullRange: (number, head) => readPullRange(api, number, head),
    readEntries: (wanted) => readEntries(api, wanted),
    listPullFiles: (number, sha) => listPullFiles(api, number, sha),
    closePull: async (number, title) => {
      await api.rest({ method: "PATCH", path: `/pulls/${number}`, body: { state: "closed", title }, doing: `close pull request #${number}`, needs: "pull-requests: write" });
    },
    changePullBody: async (number, change) => {
      const { data } = await api.rest({ method: "GET", path: `/pulls/${number}`, doing: `read pull request #${number}`, needs: "pull-requests: read" });
      const body = (data as { body: string | null }).body ?? "";
      const changed = change(body);
      if (changed !== body) await setPullBody(api, number, changed);
    },
    setPullBody: (number, body) => setPullBody(api, number, body),
  };
}

async function setPullBody(api: Api, number: number, body: string): Promise<void> {
  await api.rest({ method: "PATCH", path: `/pulls/${number}`, body: { body }, doing: `change the text of pull request #${number}`, needs: "pull-requests: write" });
}

/** Harmless to repeat: GitHub keeps one open pull request per head and base, so a lost first try answers "exists". */
async function openPull(api: Api, pull: Parameters<PullRequests["openPull"]>[0]): ReturnType<PullRequests["openPull"]> {
  const request = { method: "POST", path: "/pulls", body: { ...pull }, answers: [422], doing: "open a pull request", needs: "pull-requests: write" } as const;
  const answer = await api.rest(request);
  if (answer.status !== 422) {
    const { number, html_url: url } = answer.data as { number: number; html_url: string };
    return { number, url };
  }
  const said = [messageIn(answer.data), ...errorsIn(answer.data)].join("; ");
  if (/already exists/i.test(said)) return "exists";
  if (/no commits between/i.test(said)) return "no-difference";
  throw explainRest(answer, request);
}

interface RestFile {
  readonly filename: string;
  readonly previous_filename?: string;
  readonly status: PullFile["status"];
  readonly additions: number;
  readonly deletions: number;
  /** `…/contents/docs/FAQ.md?ref=<head>`; of a removed file, whose last text is its base's, another commit. */
  readonly contents_url: string;
}

/**
 * The list names the commit it is of in each address only: one that was pushed to meanwhile must not be judged by two heads' files.
 * A removed file's address names the commit that still had it, and so says nothing.
 */
async function listPullFiles(api: Api, number: number, sha: string): Promise<readonly PullFile[] | "moved"> {
  const files: RestFile[] = [];
  for (let page = 1; page <= MAX_PAGES; page += 1) {
    const { data } = await api.rest({
      method: "GET",
      path: `/pulls/${number}/files`,
      query: { per_page: PER_PAGE, page },
      doing: `list the files of pull request #${number}`,
      needs: "pull-requests: read",
    });
    const found = data as RestFile[];
    if (found.some((file) => file.status !== "removed" && refIn(file.contents_url) !== sha)) return "moved";
    files.push(...found);
    if (found.length < PER_PAGE) break;
  }
  return files.map((file) => ({
    path: file.filename,
    previousPath: file.previous_filename ?? null,
    status: file.status,
    additions: file.additions,
    deletions: file.deletions,
  }));
}

function refIn(url: string): string | null {
  return URL.canParse(url) ? new URL(url).searchParams.get("ref") : null;
}
