import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { get } from "node:http";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { startNginx } from "../servers.ts";

/** A process that serves one commit: `/version`, `/healthz`, and `/` for users. */
export interface Slot {
  readonly url: string;
  readonly port: number;
  say(how: "sick" | "well"): void;
  close(): Promise<void>;
}

/** @param options.sickAfter it is sick once users have asked for so many pages. */
export async function startSlot(options: { readonly commit: string; readonly sick?: boolean; readonly sickAfter?: number }): Promise<Slot> {
  const env = { PATH: process.env.PATH ?? "", COMMIT: options.commit, ...(options.sickAfter === undefined ? {} : { SICK_AFTER: String(options.sickAfter) }) };
  const child = spawn(process.execPath, [fileURLToPath(new URL("server.ts", import.meta.url))], { env, stdio: ["pipe", "pipe", "inherit"] });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const port = await new Promise<number>((resolve, reject) => {
    createInterface({ input: child.stdout }).on("line", (line) => resolve(Number(/\d+$/.exec(line)?.[0])));
    child.once("exit", (code) => reject(new Error(`a slot ended with ${code}`)));
  });
  child.stdin.on("error", () => {});
  const slot: Slot = {
    url: `http://127.0.0.1:${port}`, port,
    say: (how) => void child.stdin.write(`${how}\n`),
    close: async () => {
      child.kill("SIGKILL");
      await ended;
    },
  };
  if (options.sick === true) {
    slot.say("sick");
    while ((await ask(`${slot.url}/healthz`)).status === 200) await pause(5);
  }
  return slot;
}

/** Two slots behind a real nginx, which users go by: blue at first. */
export interface Slots {
  /** What users go by. */
  readonly url: string;
  readonly blue: Slot;
  readonly green: Slot;
  /** Shell commands, as README.md of post-deploy-health shows them. */
  readonly promote: string;
  readonly abort: string;
  readonly close: () => Promise<void>;
}

export async function startSlots(nginx: string, slots: { readonly blue: Slot; readonly green: Slot }): Promise<Slots> {
  const { blue, green } = slots;
  const front = await startNginx(nginx, {
    http: ({ port, folder }) => `  upstream live { include ${folder}/live.conf; }\n  server { listen 127.0.0.1:${port}; location / { proxy_pass http://live; } }\n`,
    prepare: (folder) => {
      for (const [name, { port }] of [["blue", blue], ["green", green], ["live", blue]] as const) writeFileSync(join(folder, `${name}.conf`), `server 127.0.0.1:${port} max_fails=0;\n`);
    },
  });
  const to = (slot: string) => `cd ${front.folder} && cp ${slot}.conf live.new && mv live.new live.conf && ${front.reload}`;
  return {
    url: front.url, blue, green, promote: to("green"), abort: to("blue"),
    close: async () => {
      await Promise.all([front.close(), blue.close(), green.close()]);
    },
  };
}

/** One answer that a user got; status 0 when there was none. */
export interface Answer {
  readonly status: number;
  readonly commit: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** Asks on a connection of its own. */
export function ask(url: string): Promise<Answer> {
  return new Promise((resolve) => {
    const at = Date.now();
    const none = () => resolve({ status: 0, commit: "", at });
    get(url, { agent: false, timeout: 5_000 }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text: string) => (body += text)).once("error", none).once("end", () => resolve({ status: response.statusCode ?? 0, commit: /"commit":"(\w+)"/.exec(body)?.[1] ?? "", at }));
    }).once("error", none).once("timeout", none);
  });
}

/** A user who asks for a page all the time, one after the other. */
export function startUser(url: string, pauseMs = 3): { readonly answers: readonly Answer[]; stop(): Promise<readonly Answer[]> } {
  const answers: Answer[] = [];
  let stopped = false;
  const asking = (async () => {
    while (!stopped) {
      answers.push(await ask(`${url}/`));
      await pause(pauseMs);
    }
  })();
  return {
    answers,
    stop: async () => {
      stopped = true;
      await asking;
      return answers;
    },
  };
}
