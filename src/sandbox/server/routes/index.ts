/** Every REST route of the sandbox. What is not here answers 501. */

import { Router } from "../router.ts";
import { actionRoutes } from "./actions.ts";
import { appRoutes } from "./apps.ts";
import { checkRoutes } from "./checks.ts";
import { commitRoute, commitRoutes } from "./commits.ts";
import { deploymentRoutes } from "./deployments.ts";
import { downloadRoutes } from "./downloads.ts";
import { gitRoutes } from "./git.ts";
import { issueRoutes } from "./issues.ts";
import { metaRoutes } from "./meta.ts";
import { pullRoutes } from "./pulls.ts";
import { repositoryRoutes } from "./repos.ts";
import { variableRoutes } from "./variables.ts";

export function createRouter(): Router {
  const router = new Router();
  metaRoutes(router);
  appRoutes(router);
  repositoryRoutes(router);
  gitRoutes(router);
  commitRoutes(router);
  checkRoutes(router);
  commitRoute(router);
  pullRoutes(router);
  issueRoutes(router);
  actionRoutes(router);
  downloadRoutes(router);
  variableRoutes(router);
  deploymentRoutes(router);
  return router;
}
