import type { OwnComment } from "./shared.ts";

export interface Issues {
  openIssue(issue: { readonly title: string; readonly body: string; readonly labels: readonly string[] }): Promise<{ readonly number: number; readonly url: string }>;
  addLabels(number: number, labels: readonly string[]): Promise<void>;
  comment(number: number, body: string): Promise<void>;
  /** Every comment of the token's own account on an issue or pull request that holds `marker`, oldest first. */
  ownComments(number: number, marker: string): Promise<readonly OwnComment[]>;
  editComment(id: number, body: string): Promise<void>;
  /** Deleting what is gone already is fine. */
  deleteComment(id: number): Promise<void>;
  /** Open issues with this label, oldest first, at most 100. */
  openIssuesWith(label: string): Promise<readonly { readonly number: number; readonly url: string; readonly body: string }[]>;
  /** As completed; closing what is closed is fine. */
  closeIssue(number: number): Promise<void>;
}
