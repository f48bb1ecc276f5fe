import { describe, expect, test } from "@jest/globals";
import { generateKeyPairSync } from "node:crypto";
import { crc32 } from "node:zlib";
import { withoutSecrets } from "../../src/checks/redacted.ts";
import { checkSecrets } from "../../src/checks/secrets.ts";
import { findSecrets } from "../../src/checks/secrets/find.ts";
import { MAY_HOLD, PATTERNS } from "../../src/checks/secrets/patterns.ts";
import { redactor } from "../../src/checks/secrets/redact.ts";
import { failure } from "../../src/kit/errors.ts";
import { aSubject, short } from "./a-subject.ts";
import { documents } from "./fixtures.ts";

const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/** Made here, so that no file of this repository holds what looks like a credential. */
const drawn = (length: number, signs = DIGITS, seed = 17) => Array.from({ length }, (_, at) => signs[(seed * (at + 3) * (at + 7) + at) % signs.length]).join("");
const hex = (length: number) => drawn(length, "0123456789abcdef", 5);
const base62 = (value: number) => {
  let text = "";
  for (let left = value; left > 0; left = Math.floor(left / 62)) text = `${DIGITS[left % 62]}${text}`;
  return text.padStart(6, "0");
};
const github = (prefix = "ghp") => `${prefix}_${drawn(30)}${base62(crc32(drawn(30)))}`;
const pem = (type: "pkcs8" | "pkcs1" = "pkcs8") => generateKeyPairSync("rsa", { modulusLength: 1024 }).privateKey.export({ type, format: "pem" }).toString().trim();
/** A short one with every sign that base64 has and other texts do not. */
function ed25519(): string {
  for (;;) {
    const key = generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString().trim();
    if (key.includes("+") && key.includes("/")) return key;
  }
}

const REAL: readonly (readonly [rule: string, text: string])[] = [
  ["github-token", github()], ["github-token", github("ghs")], ["github-token", `token=${github("gho")}`], ["github-token", `github_pat_${drawn(22)}_${drawn(59)}`],
  ["github-token", `ghs_12345_${Buffer.from('{"alg":"RS256","typ":"JWT"}').toString("base64url")}.${drawn(60)}.${drawn(80)}`],
  ["gitlab-token", `glpat-${drawn(20)}`], ["aws-secret-key", `AWS_SECRET_ACCESS_KEY=${drawn(40)}`], ["aws-secret-key", `aws_secret_access_key = "${drawn(40)}"`], ["aws-secret-key", `"secretKey": "${drawn(40)}"`],
  ["google-api-key", `AIza${drawn(35)}`], ["google-oauth-secret", `GOCSPX-${drawn(28)}`], ["azure-storage-key", `AccountName=x;AccountKey=${drawn(86)}==;`], ["azure-client-secret", `aB38Q~${drawn(34)}`],
  ["slack-token", `xoxb-${"2983746510"}-${"9182736450"}-${drawn(24)}`], ["slack-webhook", `https://hooks.slack.com/services/T${drawn(8)}/B${drawn(8)}/${drawn(24)}`],
  ["telegram-token", `918273645:AA${drawn(33)}`], ["stripe-key", `sk_live_${drawn(24)}`], ["openai-key", `sk-proj-${drawn(40)}T3BlbkFJ${drawn(40)}`], ["anthropic-key", `sk-ant-api03-${drawn(93)}AA`],
  ["npm-token", `//registry.npmjs.org/:_authToken=npm_${drawn(36)}`], ["pypi-token", `pypi-AgEIcHlwaS5vcmc${drawn(80)}`], ["sendgrid-key", `SG.${drawn(22)}.${drawn(43)}`], ["digitalocean-token", `dop_v1_${hex(64)}`],
  ["vault-token", `hvs.${drawn(95)}`], ["private-key", pem()], ["private-key", pem("pkcs1")], ["private-key", ed25519()], ["private-key", JSON.stringify({ private_key: `${pem()}\n` })],
  ["private-key", pem("pkcs1").replace("KEY-----\n", "KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,0A0B\n\n")],
  ["connection-string", "postgres://app:Tr0ub4dor3@db.acme.io:5432/shop"], ["connection-string", "mongodb+srv://svc:p%40ssW0rd9@cluster0.mongodb.net/x"], ["connection-string", "https://deploy:Gr33nHouse!@git.acme.io/x.git"],
];

describe("a credential", () => {
  test.each(REAL)("%s is found in %#", (rule, text) => {
    expect(findSecrets(`first line\n  key: ${text}  # why\n`)).toMatchObject([{ rule, line: 2, allowed: false }]);
    expect(MAY_HOLD.test(text)).toBe(true);
  });

  test("every rule is tried, but those whose form is like another's", () => {
    const tried = new Set(REAL.map(([rule]) => rule));
    expect([...new Set(PATTERNS.map(({ rule }) => rule))].filter((rule) => !tried.has(rule))).toEqual([
      "discord-webhook", "huggingface-token", "rubygems-key", "docker-token", "shopify-token", "terraform-token", "grafana-token", "sentry-token", "databricks-token", "linear-key", "supabase-token", "age-key",
    ]);
  });
});

describe("what is none", () => {
  test.each([
    ["a wrong checksum", `${github().slice(0, -1)}${github().endsWith("a") ? "b" : "a"}`], ["AWS's documented example", "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"], ["dots", "ghp_..."], ["x", `npm_${"x".repeat(36)}`],
    ["a variable", "postgres://app:${PASSWORD}@db.acme.io/x"], ["a template", "postgres://app:<password>@db.acme.io/x"], ["the word itself", "mysql://root:password@db.acme.io/x"], ["a host of nobody", "postgres://app:Tr0ub4dor3@db.example.com/x"],
    ["a container's name", "redis://:Tr0ub4dor3@redis:6379"], ["this machine", "amqp://app:Tr0ub4dor3@localhost:5672"], ["a mail address", "mailto:me:you@acme.io"], ["an npm scope", "https://registry.npmjs.org/@scope/package"], ["a commit", `sha: ${hex(40)}`], ["a digest", `sha256:${hex(64)}`],
    ["integrity", `"integrity": "sha512-${drawn(86)}=="`], ["a uuid", "0f8fad5b-d9cb-469f-a165-70867728950e"], ["a shortened key", "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----"], ["a public key", pem().replaceAll("PRIVATE", "PUBLIC")], ["a key's first line in a sentence", "It begins with -----BEGIN PRIVATE KEY----- and ends."],
    ["a Stripe test key", `sk_test_${drawn(24)}`], ["inside a longer word", `x${github()}`],
  ])("%s", (_, text) => {
    expect(findSecrets(`a\n${text}\n`)).toEqual([]);
  });

  test.each(documents)("%s holds none", (_, text) => {
    expect(findSecrets(text)).toEqual([]);
  });

  test("a comment in the line or above it says so, and it is counted", async () => {
    const text = `# instant: not-a-secret, a revoked one\nkey: ${github()}\nother: ${github("ghu")} # instant:not-a-secret\n`;
    expect(await checkSecrets(aSubject({ files: { "a.yml": text } }))).toEqual({ findings: [], detail: "1 file, 2 called no secret by a comment" });
    expect(short((await checkSecrets(aSubject({ files: { "a.yml": `\n${text.replace("# instant", "# constant")}` } }))).findings)).toEqual(["a.yml:3 failure secrets/github-token"]);
  });
});

describe("the check", () => {
  test("names the place and what it is, never what it reads; old lines are left aside", async () => {
    const [token, key] = [github(), pem()];
    const text = `old = "${github("ghr")}"\nnew = "${token}"\n${key}\n`;
    const { findings } = await checkSecrets(aSubject({ files: { "src/a.py": text }, touched: { "src/a.py": [{ start: 2, end: 2 }, { start: 5, end: 5 }] } }));
    expect(findings).toMatchObject([
      { path: "src/a.py", line: 2, column: 8, level: "failure", rule: "secrets/github-token", message: expect.stringContaining("This is a GitHub token. Revoke it now") },
      { line: 3, endLine: 2 + key.split("\n").length, rule: "secrets/private-key" },
    ]);
    expect(JSON.stringify(findings)).not.toContain(token.slice(0, 12));
  });

  test("binary files hold none, whatever their size; a text that is too large to be read is no pass", async () => {
    const subject = aSubject({ files: { "a.png": `\u0089PNG\0${github()}`, "b.bin": "\0", "c.csv": "x" } });
    const workspace = { ...subject.workspace, readText: async (path: string) => {
      if (path !== "a.png") throw failure("configuration", { what: `${path} holds 9.0 MiB`, fix: "x" });
      return subject.workspace.readText(path);
    } };
    expect(short((await checkSecrets({ ...subject, workspace })).findings)).toEqual(["c.csv:1 failure secrets/too-large"]);
  });

  test("hostile texts take no time: openings without an end, and signs without a form", () => {
    const began = performance.now();
    for (const text of ["-----BEGIN PRIVATE KEY-----\n".repeat(20_000), `-----BEGIN PRIVATE KEY-----${"A: b\n".repeat(50_000)}`, "a://".repeat(100_000), "secret key = ".repeat(50_000), "://a:".repeat(100_000), `${"A".repeat(500_000)}3Q~`, "eyJ.".repeat(100_000)]) findSecrets(text);
    expect(performance.now() - began).toBeLessThan(5_000);
  });
});

describe("what other checks say", () => {
  test("secrets and pieces of them are taken out", () => {
    const token = github();
    const redact = redactor([token, "pa55wo"]);
    expect(redact(`a ${token} b`)).toBe("a *** b");
    expect(redact(`begins ${token.slice(0, 15)}...${token.slice(-15)} and pa55wo! ${token.slice(0, 7)}`)).toBe(`begins ***...*** and ***! ${token.slice(0, 7)}`);
    expect(redactor([])("x")).toBe("x");
  });

  test("a quotation of the line, what a command printed, and an error of a configuration hold none", async () => {
    const token = github();
    const subject = aSubject({ files: { "a.md": `# A\n\nSee ${token}\n`, ".x.json": `{ "a": ${token}` } });
    const say = (path: string, message: string) => withoutSecrets({ name: "x", run: async () => ({ detail: "", findings: [{ level: "failure", path, line: 3, rule: "x", message }] }) }).run(subject);
    expect((await say("a.md", `Context: "See ${token.slice(0, 20)}..."`)).findings[0]?.message).toBe('Context: "See ***..."');
    expect((await say("", `The end of its output:\nTOKEN=${token}`)).findings[0]?.message).toBe("The end of its output:\nTOKEN=***");
    const broken = failure("configuration", { what: `Unexpected token, "${token.slice(0, 12)}" is not valid JSON`, where: ".x.json", fix: "Mend it." });
    await expect(withoutSecrets({ name: "x", run: () => Promise.reject(broken) }).run(subject)).rejects.toThrow('Unexpected token, "***" is not valid JSON');
  });
});
