/** People and bots as GraphQL shows them. */

import type { Account } from "../../world/types.ts";
import { iso } from "../render/users.ts";
import type { GraphqlContext, Shape } from "./context.ts";

/** Bots lose their `[bot]` here, where REST keeps it. */
export function actorShape(context: GraphqlContext, account: Account): Shape {
  const { server } = context.world.urls;
  return {
    __typename: account.type, id: account.nodeId, login: account.type === "Bot" ? account.login.replace(/\[bot\]$/, "") : account.login,
    databaseId: account.id, url: `${server}/${account.login}`, resourcePath: `/${account.login}`,
    avatarUrl: `${server}/avatars/${account.id}`, name: account.name, email: "", createdAt: iso(account.createdAt), updatedAt: iso(account.createdAt),
  };
}

/** Where the schema says User, a bot keeps its full name. */
export function userShape(context: GraphqlContext, account: Account): Shape {
  return { ...actorShape(context, account), __typename: "User", login: account.login };
}
