import { traceIdFor } from "../kit/ids.ts";

/** What is watched, as far as it has a name. */
export interface Place {
  readonly environment: string;
  readonly healthUrls: readonly string[];
  readonly versionUrl: string;
  readonly healthFile: string;
}

/**
 * The alert that a deployment is sick. It is the same for all stages that look at the same deployment, whatever the commit: the stage
 * that finds it healthy ends what another one began.
 */
export function sicknessOf(place: Place): string {
  return `deployment:${nameOf(place)}`;
}

/** The alert that it cannot be told whether it is. */
export function doubtOf(place: Place): string {
  return `deployment-unknown:${nameOf(place)}`;
}

/** The alert that a deployment was kept from users, or taken from them in time: they are served the one before. */
export function refusalOf(place: Place): string {
  return `deployment-kept-back:${nameOf(place)}`;
}

function nameOf({ environment, healthUrls, versionUrl, healthFile }: Place): string {
  const addresses = traceIdFor([...healthUrls, versionUrl, healthFile].filter((url) => url !== "").toSorted()).slice(0, 8);
  return `${environment.replace(/[^A-Za-z0-9._-]+/g, "-")}:${addresses}`;
}
