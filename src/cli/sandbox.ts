/** `npm run sandbox`: the GitHub alone, with the sample product's repository in it. */
import { startSandbox } from "../sandbox/sandbox.ts";
import { interruptible } from "./interrupt.ts";
import { prepareSource } from "./rehearsal/source.ts";
import { instantActions } from "./rehearsal/world.ts";

const source = await prepareSource(null, "closed-loop.yml");
const sandbox = await interruptible(startSandbox({ actions: instantActions }));
const { owner, name: repo } = source;
const login = "ada";
sandbox.value.addUser(login, { name: "Ada" });
await sandbox.value.createRepository({ owner, name: repo, from: source.directory, organization: true, roles: { [login]: "admin" } });
await source.remove();
const { api: api_url, graphql: graphql_url, server: server_url } = sandbox.value.urls;
process.stdout.write(`${JSON.stringify({ api_url, graphql_url, server_url, owner, repo, token: sandbox.value.tokens.user(login) }, null, 2)}\n`);
process.stderr.write("The sandbox is up; Ctrl-C ends it.\n");
await sandbox.interrupted;
