import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";
import { emailChannel, type EmailOptions, emailText } from "../../src/notify/email.ts";
import { clean, oneLine } from "../../src/notify/text.ts";
import { type Certificate, makeCertificate } from "../../src/sandbox/server/tls.ts";
import { foundByTelegram } from "./markdown-v2.ts";
import { closedPort, handClock, HOSTILE, message, rejected, shownOf, strings, withoutJoiners } from "./support.ts";

const PASS = "p@ss:w/rd%&=sEcReT";
let certificate: Certificate;
let ca: string;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "instant-mail-"));
  certificate = await makeCertificate(folder);
  ca = await readFile(certificate.caFile, "utf8");
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  readonly raw: string;
  readonly user: string | undefined;
  readonly secure: boolean;
}

async function smtp(options: SMTPServerOptions = {}) {
  const mails: Mail[] = [];
  let connections = 0;
  const server = new SMTPServer({
    disabledCommands: ["AUTH", "STARTTLS"], logger: false, closeTimeout: 100,
    onConnect: (_, done) => { connections += 1; done(); },
    onAuth: ({ username, password }, _, done) => (username === "ann" && password === PASS ? done(null, { user: username }) : done(new Error(`no user ann with ${password}`))),
    onRcptTo: ({ address }, _, done) => done(address.startsWith("gone") ? Object.assign(new Error(`${address} is unknown`), { responseCode: 550 }) : null),
    onData: (stream, session, done) => {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        const { mailFrom, rcptTo } = session.envelope;
        mails.push({ from: mailFrom === false ? "" : mailFrom.address, to: rcptTo.map(({ address }) => address), raw: Buffer.concat(chunks).toString("utf8"), user: session.user as string | undefined, secure: session.secure });
        done();
      });
    },
    ...options,
  });
  server.on("error", () => undefined);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.server.address() as AddressInfo;
  return { port, mails, connections: () => connections, close: () => new Promise<void>((resolve) => server.close(() => resolve())) };
}

function channelAt(port: number, change: Partial<EmailOptions["server"]> = {}, options: Partial<EmailOptions> = {}) {
  return emailChannel({
    server: { host: "127.0.0.1", port, secure: false, auth: null, ...change },
    from: { name: "INSTANT", address: "instant@example.com" }, to: [{ name: "", address: "ops@example.com" }], timeoutMs: 20_000, ...options,
  });
}

const limits = (ms = 30_000) => ({ signal: AbortSignal.timeout(ms), deadline: handClock().now() + ms });

/** Headers (unfolded, encoded words decoded) and text of a mail, as a program shows them. */
function read(raw: string): { readonly headers: ReadonlyMap<string, string>; readonly names: readonly string[]; readonly text: string } {
  const cut = raw.indexOf("\r\n\r\n");
  const lines = raw.slice(0, cut).replace(/\r\n[ \t]+/g, " ").split("\r\n");
  const quoted = (text: string) => text.replace(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  const word = (_: string, kind: string, text: string) => (kind.toUpperCase() === "B" ? Buffer.from(text, "base64") : Buffer.from(quoted(text.replaceAll("_", " ")), "latin1")).toString("latin1");
  const decoded = (text: string) => (text.includes("=?") ? Buffer.from(text.replace(/\?=\s+=\?/g, "?==?").replace(/=\?utf-8\?([BQ])\?([^?]*)\?=/gi, word), "latin1").toString("utf8") : text);
  const headers = new Map(lines.map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), decoded(line.slice(line.indexOf(":") + 1).trim())]));
  const body = raw.slice(cut + 4);
  const encoding = headers.get("content-transfer-encoding") ?? "7bit";
  const text = encoding === "base64" ? Buffer.from(body, "base64").toString("utf8") : encoding === "quoted-printable" ? Buffer.from(quoted(body.replace(/=\r\n/g, "")), "latin1").toString("utf8") : body;
  return { headers, names: lines.map((line) => line.slice(0, line.indexOf(":")).toLowerCase()), text: text.replaceAll("\r\n", "\n") };
}

describe("a mail", () => {
  test("without TLS or password, to several, as one conversation for one alert", async () => {
    const server = await smtp();
    try {
      const to = [{ name: "", address: "ops@example.com" }, { name: "", address: "gone@example.com" }, { name: "", address: "ann@example.com" }];
      const channel = channelAt(server.port, {}, { to });
      expect(await channel.deliver(message(), limits())).toEqual({ kind: "delivered", detail: "accepted, but not for gone@example.com" });
      await channel.deliver(message({}, "resolved"), limits());
      const [first, second] = server.mails.map(({ raw }) => read(raw));
      expect(server.mails[0]).toMatchObject({ from: "instant@example.com", to: ["ops@example.com", "ann@example.com"], user: undefined, secure: false });
      expect(first?.headers.get("subject")).toBe("🔴 P0 firing: Production is unhealthy");
      expect(second?.headers.get("subject")).toBe("✅ P0 resolved: Production is unhealthy");
      expect(first?.headers.get("from")).toBe("INSTANT <instant@example.com>");
      expect(first?.headers.get("auto-submitted")).toBe("auto-generated");
      expect(first?.headers.get("content-type")).toMatch(/^text\/plain; charset=utf-8/);
      expect(first?.headers.get("references")).toMatch(/^<[0-9a-f]{32}@alerts\.instant\.invalid>$/);
      expect(second?.headers.get("references")).toBe(first?.headers.get("references"));
      expect(withoutJoiners(first?.text ?? "")).toBe("🔴 P0 firing: Production is unhealthy\n\n3 of 5 probes failed.\nThe newest answered 500.\n\ncommit: abc1234\n\nrun: https://github.com/acme/docs/actions/runs/5?a=1&b=2\n\ntrace-id: 0b5e7d3a-52f4-4d0c-9a53-0c2f6e1b7a11\n");
    } finally {
      await server.close();
    }
  });

  test("by STARTTLS and by TLS from the start, with a password", async () => {
    const tls = { key: certificate.key, cert: certificate.cert };
    const starting = await smtp({ ...tls, disabledCommands: [] });
    const secure = await smtp({ ...tls, secure: true, disabledCommands: [] });
    try {
      const auth = { user: "ann", pass: PASS };
      await channelAt(starting.port, { auth }, { ca }).deliver(message(), limits());
      await channelAt(secure.port, { auth, secure: true }, { ca }).deliver(message(), limits());
      for (const { mails } of [starting, secure]) expect(mails).toEqual([expect.objectContaining({ user: "ann", secure: true })]);
      // A server that nobody vouches for is not shown the password, nor the message.
      for (const [server, change] of [[starting, { auth }], [secure, { auth, secure: true }], [starting, {}]] as const) {
        const error = await rejected(channelAt(server.port, change).deliver(message(), limits()));
        expect(error.message).toMatch(/certificate of the mail server 127\.0\.0\.1:\d+ is not trusted \(\w+\)/);
        expect(server.mails).toHaveLength(1);
      }
    } finally {
      await starting.close();
      await secure.close();
    }
  });

  test("its headers and text hold nothing from outside but text", async () => {
    const server = await smtp();
    try {
      const channel = channelAt(server.port);
      const texts = [...strings(25, 5), ...HOSTILE, "x\r\nBcc: victim@evil.example", "=?utf-8?B?QmNjOiB4?=", "ü".repeat(300), "\r\n.\r\nQUIT\r\n"];
      for (const text of texts) await channel.deliver(message({ title: text, text, fields: [{ name: text, value: text }] }), limits());
      expect(server.mails).toHaveLength(texts.length);
      for (const [at, { raw, to }] of server.mails.entries()) {
        const { headers, names, text } = read(raw);
        const { headline } = message({ title: texts[at]! });
        expect(to).toEqual(["ops@example.com"]);
        expect(names.toSorted()).toEqual(["auto-submitted", "content-transfer-encoding", "content-type", "date", "from", "message-id", "mime-version", "references", "subject", "to", "x-instant-alert"]);
        if (!headline.includes("=?") && headline.length <= 200) expect(headers.get("subject")).toBe(headline);
        expect(headers.get("subject")?.length).toBeLessThanOrEqual(200);
        const body = clean(texts[at]!).trim();
        expect(withoutJoiners(text)).toContain(withoutJoiners(body));
        expect(foundByTelegram(text.replace("https://github.com/acme/docs/actions/runs/5?a=1&b=2", ""))).toEqual([]);
      }
    } finally {
      await server.close();
    }
  });

  test("any text goes into it as it is", () => {
    for (const text of strings(1_000, 6)) expect(withoutJoiners(emailText(message({ title: text, text })))).toContain(withoutJoiners(clean(text).trim()));
    expect(oneLine(emailText(message({ text: "x".repeat(100_000) }))).length).toBeLessThan(16_000);
  });
});

describe("a mail server that does not take it", () => {
  async function against(options: SMTPServerOptions, change: Partial<EmailOptions["server"]>, more: Partial<EmailOptions> = {}) {
    const server = await smtp(options);
    try {
      const error = await rejected(channelAt(server.port, change, more).deliver(message(), limits()));
      const shown = await shownOf(error);
      for (const secret of [Buffer.from(`\0ann\0${PASS}`).toString("base64"), Buffer.from(PASS).toString("base64")]) expect(shown).not.toContain(secret);
      return { error: error as Error & { fix: string }, mails: server.mails };
    } finally {
      await server.close();
    }
  }

  test("a wrong password", async () => {
    const { error } = await against({ key: certificate.key, cert: certificate.cert, disabledCommands: [] }, { auth: { user: "ann", pass: "wrong-sEcReT" } }, { ca });
    expect(error.message).toMatch(/refused the user and password: 535/);
    expect(error.fix).toContain("its line of `notify`");
    // The server above repeats the password; the notifier takes it out by the channel's secrets.
    const { secrets } = channelAt(1, { auth: { user: "ann", pass: "wrong-sEcReT" } });
    expect(secrets).toContain("wrong-sEcReT");
  });

  test("no encryption: the password is not shown to it", async () => {
    let asked = false;
    const { error, mails } = await against({ disabledCommands: ["STARTTLS"], allowInsecureAuth: true, onAuth: (_, __, done) => { asked = true; done(null, { user: "x" }); } }, { auth: { user: "ann", pass: PASS } });
    expect(error.message).toMatch(/no encryption by STARTTLS/);
    expect([asked, mails]).toEqual([false, []]);
  });

  test("nobody among the recipients, a sender it refuses, a message it refuses, or it is busy", async () => {
    expect((await against({}, {}, { to: [{ name: "", address: "gone@example.com" }] })).error.message).toMatch(/did not take the message: 550 .*unknown/);
    const refuse = (text: string, responseCode: number) => Object.assign(new Error(text), { responseCode });
    expect((await against({ onMailFrom: (_, __, done) => done(refuse("not from there", 553)) }, {})).error.fix).toContain("`from`");
    const busy = await against({ onData: (stream, _, done) => { stream.resume(); stream.on("end", () => done(refuse("later", 451))); } }, {});
    expect([busy.error.message, busy.error.fix]).toEqual([expect.stringMatching(/451 later/), "The next run tries again."]);
  });

  async function raw(onConnection: (socket: Socket) => void, { ms = 30_000, timeoutMs = 20_000, ...change }: Partial<EmailOptions["server"]> & { readonly ms?: number; readonly timeoutMs?: number } = {}) {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => { sockets.add(socket); socket.on("error", () => undefined); onConnection(socket); });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      return await rejected(channelAt((server.address() as AddressInfo).port, change, { timeoutMs }).deliver(message(), limits(ms)));
    } finally {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    }
  }

  test("silent, hanging up, hanging up in the middle, or no mail server at all", async () => {
    expect((await raw(() => undefined, { timeoutMs: 200 })).message).toMatch(/did not answer in time/);
    expect((await raw(() => undefined, { ms: 100 })).name).toBe("TimeoutError");
    expect((await raw((socket) => socket.destroy())).message).toMatch(/ended the connection/);
    expect((await raw((socket) => { socket.write("220 hello\r\n"); socket.once("data", () => socket.destroy()); })).message).toMatch(/ended the connection/);
    expect((await raw((socket) => socket.write("HTTP/1.1 400 Bad Request\r\n\r\n"))).message).toMatch(/does not speak SMTP/);
    expect((await raw((socket) => socket.write("220 hello\r\n"), { secure: true })).message).toMatch(/smtps/);
    expect((await rejected(channelAt(await closedPort()).deliver(message(), limits()))).message).toMatch(/ECONNREFUSED/);
  });

  test("killed when it has the whole message and has not said so: not known is not delivered", async () => {
    const replies: readonly (readonly [RegExp, string])[] = [[/^EHLO/, "250 hello"], [/^MAIL/, "250 ok"], [/^RCPT/, "250 ok"], [/^DATA/, "354 go on"]];
    const error = await raw((socket) => {
      socket.write("220 hello\r\n");
      socket.on("data", (chunk) => {
        const said = String(chunk);
        const reply = replies.find(([command]) => command.test(said))?.[1];
        if (reply !== undefined) socket.write(`${reply}\r\n`);
        else if (said.endsWith("\r\n.\r\n")) socket.destroy();
      });
    });
    expect(error.message).toMatch(/ended the connection before it had taken the message/);
  });

  test("a name that does not resolve", async () => {
    expect((await rejected(channelAt(25, { host: "mail.example.invalid" }).deliver(message(), limits()))).message).toMatch(/its name cannot be resolved|name server does not answer/);
  });
});
