import type { Problem } from "../kit/errors.ts";
import { type InputValues, list, number, repoPath, text, url } from "../kit/inputs.ts";

/** Names of variables of the step's environment that somebody may read. */
export const variableNames = list({ fallback: [], each: text({ pattern: /^(?!INPUT_|ACTIONS_)[A-Z_][A-Z0-9_]*$/, takes: "names of variables in capitals, such as `SENTRY_TOKEN`, but none of the action's own", type: "name of a variable" }) });

/** How a deployment is started, found and judged: the inputs that post-deploy-health and rollback share. */
export const verificationInputs = {
  "deploy-workflow": text({ fallback: "", pattern: /^[^/\s]+\.ya?ml$|^\d+$/, takes: "the file name of a workflow such as `deploy.yml`, without its folder", type: "file name" }),
  "deploy-ref": text({ fallback: "", pattern: /^\S+$/, takes: "a branch or tag", type: "branch or tag" }),
  /** Empty: the workflow takes no input. The default is in action.yml, because here an empty input has to stay empty. */
  "deploy-input": text({ fallback: "", pattern: /^[A-Za-z_][A-Za-z0-9_-]*$/, takes: "the name of one input of the deploy workflow" }),
  "deploy-timeout-seconds": number({ fallback: 300, min: 1, max: 21_600 }),
  "version-url": url({ fallback: "" }),
  "version-field": text({ fallback: "commit" }),
  "deploy-environment": text({ fallback: "", max: 255, pattern: /^[^\p{Cc}]+$/u, takes: "the name of an environment on GitHub, such as `production`" }),
  "deploy-delay-seconds": number({ fallback: 0, min: 0, max: 3_600 }),
  "health-file": repoPath({ fallback: "" }),
  "health-env": variableNames,
  "health-urls": list({ fallback: [], each: url() }),
  "health-status": number({ fallback: 200, min: 100, max: 599, integer: true }),
  /** Empty: the body is not looked at. As with deploy-input the default is in action.yml. */
  "health-json": list({
    fallback: [],
    separator: /\n/,
    each: text({ pattern: /^[^=\s][^=]*=/, takes: "`path=value`, such as `status=ok` or `checks.db=true`, one a line", type: "`path=value`" }),
  }),
  "probe-count": number({ fallback: 3, min: 1, max: 100, integer: true }),
  "probe-interval-seconds": number({ fallback: 1, min: 0, max: 600 }),
  "probe-timeout-seconds": number({ fallback: 5, min: 0.05, max: 60 }),
  "health-timeout-seconds": number({ fallback: 60, min: 1, max: 3_600 }),
} as const;

export type Verification = InputValues<typeof verificationInputs>;

/** What is contradictory in settings that are each fine by themselves. */
export function contradictions(settings: Verification): Problem[] {
  const problems: Problem[] = [];
  const needed = (settings.probeCount - 1) * settings.probeIntervalSeconds;
  if (needed >= settings.healthTimeoutSeconds && settings.healthFile === "") {
    problems.push({
      what: `${settings.probeCount} probes, ${settings.probeIntervalSeconds} s apart, cannot succeed within ${settings.healthTimeoutSeconds} s, so no verdict could be healthy`,
      where: "health-timeout-seconds",
      fix: `Set \`health-timeout-seconds\` above ${needed}, or lower \`probe-count\` or \`probe-interval-seconds\`.`,
    });
  }
  if (settings.deployWorkflow === "" && settings.deployRef !== "") {
    problems.push({ what: "`deploy-ref` is set, but there is no `deploy-workflow` to start on it", where: "deploy-ref", fix: "Set `deploy-workflow`, or remove `deploy-ref`." });
  }
  if (settings.healthFile !== "" && settings.healthUrls.length > 0) {
    problems.push({ what: "`health-urls` and `health-file` are both set", where: "health-file", fix: "Remove `health-urls`, and write the addresses into the file as probes of kind `http`." });
  }
  if (settings.deployDelaySeconds > 0 && tellsArrival(settings)) {
    problems.push({
      what: "`deploy-delay-seconds` is set, though something tells when the deployment is done",
      where: "deploy-delay-seconds",
      fix: "Remove it: a delay is for where neither `version-url` nor `deploy-workflow` nor `deploy-environment` tells.",
    });
  }
  if (settings.deployDelaySeconds > 0 && settings.deployDelaySeconds >= settings.deployTimeoutSeconds) {
    problems.push({ what: "`deploy-delay-seconds` is not shorter than `deploy-timeout-seconds`, so it could never be over in time", where: "deploy-delay-seconds", fix: "Raise `deploy-timeout-seconds`, or lower the delay." });
  }
  return problems;
}

function tellsArrival({ versionUrl, deployWorkflow, deployEnvironment }: Verification): boolean {
  return versionUrl !== "" || deployWorkflow !== "" || deployEnvironment !== "";
}

/** Whether anything is configured by which a deployment could be seen. */
export function canVerify(settings: Verification): boolean {
  return tellsArrival(settings) || settings.healthUrls.length > 0 || settings.healthFile !== "";
}
