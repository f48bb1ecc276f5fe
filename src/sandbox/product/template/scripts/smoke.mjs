// Smoke test: starts the app from this tree on a free port, asks for its health and for the FAQ page, and stops it.

import { spawn } from "node:child_process";
import { get } from "node:http";
import { fileURLToPath } from "node:url";

const server = fileURLToPath(new URL("../app/server.mjs", import.meta.url));
const { PATH, SystemRoot } = process.env;
const app = spawn(process.execPath, [server], {
  env: { PATH, ...(SystemRoot ? { SystemRoot } : {}), PORT: "0", APP_EXIT_WITH_STDIN: "1" },
  stdio: ["pipe", "pipe", "inherit"],
});
const limit = setTimeout(() => finish("the app did not answer within 10 seconds"), 10_000);
app.once("exit", (code) => finish(`the app ended with status ${code}`));

try {
  const port = await listening();
  const health = await ask(port, "/healthz");
  if (health.status !== 200 || JSON.parse(health.body).status !== "ok") finish(`/healthz answered ${health.status}: ${health.body}`);
  const page = await ask(port, "/faq");
  if (page.status !== 200 || !page.body.includes("</html>")) finish(`/faq answered ${page.status}`);
  finish();
} catch (error) {
  finish(error.message);
}

/** The port that the app prints when it listens. */
function listening() {
  return new Promise((resolve, reject) => {
    let printed = "";
    app.stdout.on("data", (chunk) => {
      printed += chunk;
      const port = /"port":(\d+)/.exec(printed)?.[1];
      if (port) resolve(Number(port));
    });
    app.once("error", reject);
  });
}

function ask(port, path) {
  return new Promise((resolve, reject) => {
    get({ host: "127.0.0.1", port, path, agent: false }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (chunk) => (body += chunk));
      response.on("end", () => resolve({ status: response.statusCode, body }));
    }).on("error", reject);
  });
}

function finish(problem) {
  clearTimeout(limit);
  app.removeAllListeners("exit");
  app.kill();
  if (problem) console.error(`Smoke test failed: ${problem}`);
  else console.log("Smoke test passed: /healthz is ok, /faq is shown.");
  process.exit(problem ? 1 : 0);
}
