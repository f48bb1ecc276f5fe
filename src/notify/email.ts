import { createHash } from "node:crypto";
import { type Channel, ChannelError } from "./channel.ts";
import type { Message } from "./message.ts";
import { mailSecrets } from "./secrets.ts";
import { calm, excerpt, fit } from "./text.ts";

export interface Mailbox {
  readonly name: string;
  readonly address: string;
}

export interface EmailOptions {
  readonly server: {
    readonly host: string;
    readonly port: number;
    /** TLS from the start (`smtps://`); else STARTTLS, which a server must offer before it is shown a password. */
    readonly secure: boolean;
    readonly auth: { readonly user: string; readonly pass: string } | null;
  };
  readonly from: Mailbox;
  readonly to: readonly Mailbox[];
  /** Milliseconds for each step with the server; the signal ends all of them. */
  readonly timeoutMs?: number;
  /** PEM of an authority to trust for this server alone; NODE_EXTRA_CA_CERTS is for all. */
  readonly ca?: string;
}

/** Mail by SMTP, through nodemailer, which is loaded at the first message. Plain text alone, so nothing in it is markup. */
export function emailChannel(options: EmailOptions): Channel {
  const { server, timeoutMs = 5_000 } = options;
  const { auth, host } = server;
  return {
    name: "email",
    kind: "email",
    secrets: auth ? mailSecrets(auth) : [],
    deliver: async (message, { signal }) => {
      const { createTransport } = await import("nodemailer");
      const transport = createTransport({
        host,
        port: server.port,
        secure: server.secure,
        requireTLS: auth !== null && !server.secure,
        ...(auth ? { auth: { ...auth } } : {}),
        ...(options.ca === undefined ? {} : { tls: { ca: options.ca } }),
        connectionTimeout: timeoutMs,
        greetingTimeout: timeoutMs,
        socketTimeout: timeoutMs,
        dnsTimeout: timeoutMs,
        disableFileAccess: true,
        disableUrlAccess: true,
        logger: false,
      });
      try {
        return accepted(await transport.sendMail({ ...mailOf(message, options), signal }));
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        throw explain(error, options);
      } finally {
        transport.close();
      }
    },
  };
}

/** One address among several that is refused does not keep the others from reading it, but is told. */
function accepted({ rejected }: { readonly rejected: readonly string[] }): { readonly kind: "delivered"; readonly detail: string } {
  return { kind: "delivered", detail: rejected.length === 0 ? "accepted" : `accepted, but not for ${rejected.join(", ")}` };
}

// ---------------------------------------------------------------- the message

const SUBJECT_LIMIT = 200;
const BODY_LIMIT = 15_000;

/** Mails about one alert share a reference, so that programs show them as one conversation. */
function mailOf(message: Message, { from, to }: EmailOptions): { from: Mailbox; to: Mailbox[]; subject: string; text: string; references: string; headers: Record<string, string> } {
  const thread = createHash("sha256").update(message.key).digest("hex").slice(0, 32);
  return {
    from,
    to: [...to],
    // A headline is one line, so it cannot end a header and begin another; nodemailer encodes what is not ASCII.
    subject: fit(message.headline, SUBJECT_LIMIT),
    text: emailText(message),
    references: `<${thread}@alerts.instant.invalid>`,
    // Keeps holiday notes from being sent back: RFC 3834, 5.
    headers: { "Auto-Submitted": "auto-generated", "X-Instant-Alert": thread },
  };
}

export function emailText({ headline, text, fields, links, footer }: Message): string {
  const parts = [
    calm(headline),
    fit(calm(text), BODY_LIMIT),
    fields.map(({ name, value }) => calm(`${name}: ${value}`)).join("\n"),
    links.map(({ label, url }) => `${calm(label)}: ${url}`).join("\n"),
    footer,
  ];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

// ---------------------------------------------------------------- its answers

/** Node's and nodemailer's names for what went wrong (https://nodemailer.com/errors). Their own texts are not told: they may hold anything. */
function explain(error: unknown, { server, to }: EmailOptions): ChannelError {
  const { code = "", originalCode = code, responseCode, response = "", command = "" } = error as { code?: string; originalCode?: string; responseCode?: number; response?: string; command?: string };
  const at = `${server.host}:${server.port}`;
  const said = response === "" ? "" : `: ${excerpt(response)}`;
  const way = "Check host and port in its line of `notify`, and that the runner may go there: hosted runners may not use port 25. Mail does not go through HTTP proxies.";
  if (code === "EAUTH" || responseCode === 535) return new ChannelError(`the mail server ${at} refused the user and password${said}`, "Correct user and password in its line of `notify`; a special character is written encoded (`@` as %40).");
  if (/CERT|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|HOSTNAME_MISMATCH/.test(originalCode)) {
    return new ChannelError(`the certificate of the mail server ${at} is not trusted (${originalCode})`, "Use the name that the certificate was made for, and set NODE_EXTRA_CA_CERTS where the runner is started if it was made by an authority of your own.");
  }
  if (code === "ETLS" || command === "STARTTLS") {
    return new ChannelError(`the mail server ${at} offers no encryption by STARTTLS, so it was not shown the password`, "Use `smtps://` and its port (often 465), or a server that offers STARTTLS.");
  }
  if (code === "EENVELOPE" || code === "EMESSAGE" || responseCode !== undefined) {
    const fix = responseCode !== undefined && responseCode < 500 ? "The next run tries again." : `Check \`from\` and \`to\` in its line of \`notify\` (${to.length} ${to.length === 1 ? "address" : "addresses"}): the server has to be willing to send from the one to the others.`;
    return new ChannelError(`the mail server ${at} did not take the message${said}`, fix);
  }
  const known = REASONS[originalCode] ?? REASONS[code];
  return new ChannelError(`the mail server ${at} ${known ?? `could not be spoken to${originalCode === "" ? "" : ` (${originalCode})`}`}`, way);
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "cannot be reached (ECONNREFUSED: nothing listens there)",
  EDNS: "cannot be found: its name cannot be resolved",
  ENOTFOUND: "cannot be found: its name cannot be resolved",
  EAI_AGAIN: "cannot be found: the name server does not answer",
  ETIMEDOUT: "did not answer in time",
  ECONNECTION: "ended the connection before it had taken the message",
  ECONNRESET: "ended the connection before it had taken the message",
  EPROTOCOL: "does not speak SMTP",
  ESOCKET: "ended the connection before it had taken the message (does it want `smtps://` where `smtp://` is set, or the other way round?)",
};
