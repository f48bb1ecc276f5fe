import type { Branches, PullRequests } from "../../github/port.ts";

/** What may be written: no merge, no push over anything. */
export type Writes = Pick<Branches, "commitFiles" | "deleteBranch"> & Pick<PullRequests, "openPull" | "setPullBody">;
