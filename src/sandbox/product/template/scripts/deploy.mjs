// Asks the host at DEPLOY_URL to run DEPLOY_COMMIT and waits for its answer. DEPLOY_TOKEN is the key to the host.

const { DEPLOY_URL, DEPLOY_COMMIT, DEPLOY_TOKEN } = process.env;

const wrong = [];
if (!URL.canParse(DEPLOY_URL ?? "")) wrong.push("DEPLOY_URL must be the address of the host: set the repository variable DEPLOY_URL.");
if (!/^[0-9a-f]{40}$/.test(DEPLOY_COMMIT ?? "")) wrong.push("DEPLOY_COMMIT must be a commit SHA of 40 hex digits.");
if (!DEPLOY_TOKEN) wrong.push("DEPLOY_TOKEN is missing: set the repository secret DEPLOY_TOKEN.");
if (wrong.length > 0) fail(wrong.join("\n"));

let response;
try {
  response = await fetch(DEPLOY_URL, {
    method: "POST",
    headers: { authorization: `Bearer ${DEPLOY_TOKEN}`, "content-type": "application/json" },
    body: JSON.stringify({ commit: DEPLOY_COMMIT }),
    signal: AbortSignal.timeout(120_000),
  });
} catch (error) {
  fail(`The host did not answer: ${error.cause?.message ?? error.message}. Is it running, and is DEPLOY_URL right?`);
}
const answer = await response.json().catch(() => ({}));
const short = DEPLOY_COMMIT.slice(0, 7);

if (!response.ok) fail(`The host refused to deploy ${short} (HTTP ${response.status}): ${answer.reason ?? "it gave no reason"}`);
if (answer.status === "superseded") console.log(`${short} is superseded: the host runs ${String(answer.running).slice(0, 7)}, which contains it.`);
else console.log(`${short} is live (${answer.ms} ms).`);

function fail(message) {
  console.error(message);
  process.exit(1);
}
