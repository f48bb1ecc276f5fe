/** Repositories over git's smart HTTP: who may fetch and push, and what follows. */

import type { IncomingMessage, ServerResponse } from "node:http";

import { serveGit } from "../git/backend.ts";
import { afterPush, hookEnvironment } from "../world/push.ts";
import { can } from "../world/tokens.ts";
import type { Actor } from "../world/tokens.ts";
import type { World } from "../world/world.ts";

/** git sends Basic authentication; the token is the password (`x-access-token`), or the user name. */
export function gitActor(world: World, header: string | undefined): Actor | undefined {
  if (header === undefined) return world.tokens.anonymous;
  const basic = /^basic (.+)$/i.exec(header)?.[1];
  if (basic === undefined) return world.tokens.find(header.replace(/^(bearer|token) /i, "").trim());
  const [name = "", ...rest] = Buffer.from(basic, "base64").toString("utf8").split(":");
  const password = rest.join(":");
  return world.tokens.find(password) ?? world.tokens.find(name);
}

export async function serveRepository(
  world: World,
  incoming: IncomingMessage,
  response: ServerResponse,
  what: { readonly path: string; readonly query: URLSearchParams; readonly actor: Actor | undefined },
): Promise<number> {
  const parts = /^\/([^/]+)\/([^/]+?)(?:\.git)?(\/(?:info\/refs|git-upload-pack|git-receive-pack))$/.exec(what.path);
  const refuse = (status: number, message: string): number => {
    incoming.resume();
    if (status === 401) response.setHeader("www-authenticate", 'Basic realm="GitHub"');
    response.writeHead(status, { "content-type": "text/plain" }).end(`${message}\n`);
    return status;
  };
  if (what.actor === undefined) return refuse(401, "Invalid username or token.");
  const { actor } = what;
  const repository = parts === null ? undefined : world.repository(`${decodeURIComponent(parts[1] ?? "")}/${decodeURIComponent(parts[2] ?? "")}`);
  if (parts === null || repository === undefined || !can(actor, repository, "contents", "read")) {
    // Like a repository that is not there: who may not see it does not learn that it exists (actions/checkout#445).
    return actor.kind === "anonymous" ? refuse(401, "Authentication required") : refuse(404, "Repository not found.");
  }
  const service = parts[3] ?? "";
  const pushing = service === "/git-receive-pack" || what.query.get("service") === "git-receive-pack";
  if (pushing && !can(actor, repository, "contents", "write")) {
    if (actor.kind === "anonymous") return refuse(401, "Authentication required");
    return refuse(403, `Permission to ${repository.fullName}.git denied to ${actor.account.login}.`);
  }
  const serve = (): Promise<number> => serveGit(incoming, response, {
    dir: repository.git.dir, path: service, query: what.query.toString(), user: actor.account.login,
    ...(pushing ? { env: hookEnvironment(repository, actor) } : {}),
    ...(service === "/git-receive-pack" ? { done: () => afterPush(world, actor, repository) } : {}),
  });
  // One push at a time, and none in the middle of a merge.
  return service === "/git-receive-pack" ? repository.git.exclusive(serve) : serve();
}
