import type { Api } from "../../src/github/client.ts";
import type { AlertIssues } from "../../src/notify/port.ts";

interface RestIssue {
  readonly number: number;
  readonly html_url: string;
  readonly body: string | null;
  readonly pull_request?: object;
}

/** What the issue channel needs beyond the repository's own port, over the API that the repository itself stands on. */
export function alertIssues(api: Api): Pick<AlertIssues, "openIssuesWith" | "closeIssue"> {
  return {
    openIssuesWith: async (label) => {
      const query = { state: "open", labels: label, sort: "created", direction: "asc", per_page: 100 };
      const { data } = await api.rest({ method: "GET", path: "/issues", query, doing: `look for issues labelled ${label}`, needs: "issues: write" });
      const issues = (data as readonly RestIssue[]).filter(({ pull_request: pull }) => pull === undefined);
      return issues.map(({ number, html_url: url, body }) => ({ number, url, body: body ?? "" }));
    },
    closeIssue: async (number) => {
      // Harmless to repeat.
      await api.rest({ method: "PATCH", path: `/issues/${number}`, body: { state: "closed", state_reason: "completed" }, doing: `close #${number}`, needs: "issues: write" });
    },
  };
}
