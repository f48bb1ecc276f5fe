import type { LoopWorld } from "../rehearsal/world.ts";

/**
 * What a person with write permission does by the API, as in the browser.
 * @throws Error with GitHub's answer when it refuses.
 */
export async function asPerson<T>(world: LoopWorld, method: string, path: string, body?: unknown): Promise<T> {
  const { sandbox, repository, person } = world;
  const answer = await fetch(`${sandbox.urls.api}/repos/${repository}${path}`, {
    method,
    headers: { authorization: `Bearer ${sandbox.tokens.user(person)}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${method} ${path} was refused: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}
