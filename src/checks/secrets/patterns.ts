import { crc32 } from "node:zlib";

/** A form that credentials of one kind have, strict enough that what fits it by chance is rare. */
export interface Pattern {
  readonly rule: string;
  /** What it is, with its article, for a person. */
  readonly what: string;
  /** Global; the credential is the group `secret`, or the whole match. */
  readonly form: RegExp;
  /** What the form cannot say: a checksum, a structure inside. `whole` is what the form matched. */
  readonly holds?: (secret: string, whole: string) => boolean;
}

/** Nothing of the same word stands in front of or behind it. */
const alone = (source: string, flags = "") => new RegExp(`(?<![A-Za-z0-9_-])${source}(?![A-Za-z0-9_-])`, `g${flags}`);

/** Words of the signs A to Z, a to z and 0 to 9 that a machine has drawn hold all three, and no sign over and over. */
function isDrawn(secret: string): boolean {
  return /[a-z]/.test(secret) && /[A-Z]/.test(secret) && /[0-9]/.test(secret) && isVaried(secret);
}

function isVaried(secret: string): boolean {
  return new Set(secret).size >= Math.min(10, secret.length / 2);
}

const BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/**
 * The last six signs of a token are the CRC-32 of what stands between them and the prefix, in base 62
 * (https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/).
 */
function hasGithubChecksum(token: string): boolean {
  const body = token.slice(token.indexOf("_") + 1);
  let left = crc32(body.slice(0, -6));
  let sum = "";
  for (; left > 0; left = Math.floor(left / 62)) sum = `${BASE62[left % 62]}${sum}`;
  return sum.padStart(6, "0") === body.slice(-6);
}

function isJson(base64: string, key: string): boolean {
  try {
    const value: unknown = JSON.parse(Buffer.from(base64, "base64url").toString("utf8"));
    return typeof value === "object" && value !== null && key in value;
  } catch {
    return false;
  }
}

/** The first bytes of a key behind its PEM line: DER, OpenSSH's own form or an OpenPGP packet; an empty or shortened one is an example. */
function isKey(pem: string): boolean {
  const body = pem.replace(/-----[^-]*-----/g, "").replace(/\\[nr]/g, "\n").replace(/^[A-Za-z-]+:.*$|\s|["',]/gm, "");
  if (body.length < 64) return false;
  return /^(?:MI|MC[0-9A-Za-z]|MH|b3BlbnNzaC1rZXktdjE|[lx][A-Za-z0-9+/])/.test(body) && isVaried(body.slice(0, 64));
}

/** Hosts that nobody can reach, or that documents use for nobody (RFC 2606, RFC 6761). */
const NOWHERE = /^(?:localhost|.*\.(?:localhost|local|test|invalid|example|internal)|(?:.*\.)?example\.(?:com|org|net)|[^.]+|\d+\.\d+\.\d+\.\d+|\[.*)$/i;

/** A password in an address that leads to a host of the world; what is filled in later, or a word for "password", is none. */
function isConnection(password: string, address: string): boolean {
  const [, user = "", host = ""] = /^[a-z][a-z0-9+.-]*:\/\/([^\s:/@]*):[^\s/@]+@([^\s/:?#,"'`)<>\]}]+)/i.exec(address) ?? [];
  if (password.length < 6 || NOWHERE.test(host) || password.toLowerCase() === user.toLowerCase()) return false;
  if (/[<>{}$%*[\]()]|^x+$/i.test(password.replace(/%[0-9a-f]{2}/gi, ""))) return false;
  return !/^(?:my|your|the|some|db|user|root|admin|super)?[-_]?(?:pass(?:word|wd|phrase)?|pwd|secret|token|key|changeme|postgres|mysql|guest|hunter2)[-_]?\d{0,4}$/i.test(password);
}

/**
 * Forms as their issuers publish them, or as they have been for years. Entropy alone is no finding: hashes, identifiers and data look
 * the same.
 */
export const PATTERNS: readonly Pattern[] = [
  { rule: "github-token", what: "a GitHub token", form: alone("gh[pousr]_[A-Za-z0-9]{36}"), holds: hasGithubChecksum },
  { rule: "github-token", what: "a GitHub token", form: alone("github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}"), holds: isDrawn },
  { rule: "github-token", what: "a GitHub token", form: alone("ghs_\\d+_(?<jwt>eyJ[\\w-]+)\\.[\\w-]+\\.[\\w-]{20,}"), holds: (token) => isJson(/eyJ[\w-]+/.exec(token)?.[0] ?? "", "alg") },
  { rule: "gitlab-token", what: "a GitLab token", form: alone("gl(?:pat|dt|rt|cbt|ptt|agent|oas)-[\\w-]{20,}(?:\\.[\\w.]{5,})?"), holds: isVaried },
  { rule: "aws-secret-key", what: "an AWS secret access key", form: /secret[ _-]?(?:access[ _-]?)?key["']?\s{0,4}(?:=>|:=|[:=])\s{0,4}["']?(?<secret>[A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])/gi, holds: isDrawn },
  { rule: "google-api-key", what: "a Google API key", form: alone("AIza[\\w-]{35}"), holds: isDrawn },
  { rule: "google-oauth-secret", what: "a Google OAuth client secret", form: alone("GOCSPX-[\\w-]{28}"), holds: isVaried },
  { rule: "azure-storage-key", what: "an Azure storage key", form: /AccountKey=(?<secret>[A-Za-z0-9+/]{86}==)/g, holds: isDrawn },
  { rule: "azure-client-secret", what: "an Azure client secret", form: /(?<![\w~.-])[\w~.-]{3}\dQ~[\w~.-]{31,34}(?![\w~.-])/g, holds: isDrawn },
  { rule: "slack-token", what: "a Slack token", form: alone("xox[abposr]-\\d{8,14}-(?:\\d{8,14}-){0,2}[A-Za-z0-9]{20,}"), holds: isVaried },
  { rule: "slack-token", what: "a Slack token", form: alone("xapp-\\d-[A-Z0-9]{8,14}-\\d{10,14}-[a-f0-9]{40,}"), holds: isVaried },
  { rule: "slack-webhook", what: "the address of a Slack webhook", form: /hooks\.slack\.com\/(?:services|workflows|triggers)\/(?<secret>[TA]\w{7,12}\/[\w]{8,14}\/\w{20,})/g, holds: isDrawn },
  { rule: "discord-webhook", what: "the address of a Discord webhook", form: /discord(?:app)?\.com\/api\/webhooks\/(?<secret>\d{17,20}\/[\w-]{60,})/g, holds: isDrawn },
  { rule: "telegram-token", what: "the token of a Telegram bot", form: alone("\\d{8,10}:AA[\\w-]{33}"), holds: isDrawn },
  { rule: "stripe-key", what: "a Stripe key", form: alone("(?:sk|rk)_live_[A-Za-z0-9]{24,}"), holds: isDrawn },
  { rule: "stripe-key", what: "a secret of Stripe's webhooks", form: alone("whsec_[A-Za-z0-9+/]{32,}"), holds: isDrawn },
  { rule: "openai-key", what: "an OpenAI key", form: alone("sk-(?:(?:proj|svcacct|admin)-)?[\\w-]{20,}T3BlbkFJ[\\w-]{20,}"), holds: isDrawn },
  { rule: "anthropic-key", what: "an Anthropic key", form: alone("sk-ant-(?:api|admin)\\d\\d-[\\w-]{80,}"), holds: isDrawn },
  { rule: "huggingface-token", what: "a Hugging Face token", form: alone("hf_[A-Za-z]{34}"), holds: isVaried },
  { rule: "npm-token", what: "an npm token", form: alone("npm_[A-Za-z0-9]{36}"), holds: isDrawn },
  { rule: "pypi-token", what: "a PyPI token", form: alone("pypi-(?=AgEIcHlwaS5vcmc|AgENdGVzdC5weXBpLm9yZw)[\\w-]{70,}"), holds: isDrawn },
  { rule: "rubygems-key", what: "a RubyGems key", form: alone("rubygems_[a-f0-9]{48}"), holds: isVaried },
  { rule: "docker-token", what: "a Docker Hub token", form: alone("dckr_(?:pat|oat)_[\\w-]{27,}"), holds: isDrawn },
  { rule: "digitalocean-token", what: "a DigitalOcean token", form: alone("do[opr]_v1_[a-f0-9]{64}"), holds: isVaried },
  { rule: "sendgrid-key", what: "a SendGrid key", form: alone("SG\\.[\\w-]{22}\\.[\\w-]{43}"), holds: isDrawn },
  { rule: "shopify-token", what: "a Shopify token", form: alone("shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}"), holds: isVaried },
  { rule: "vault-token", what: "a HashiCorp Vault token", form: alone("hv[sbr]\\.[\\w-]{90,}"), holds: isDrawn },
  { rule: "terraform-token", what: "a Terraform Cloud token", form: alone("[A-Za-z0-9]{14}\\.atlasv1\\.[\\w=-]{60,}"), holds: isDrawn },
  { rule: "grafana-token", what: "a Grafana token", form: alone("glsa_[A-Za-z0-9]{32}_[a-f0-9]{8}"), holds: isDrawn },
  { rule: "sentry-token", what: "a Sentry token", form: alone("sntrys_(?:eyJ[\\w=+/]+)_[A-Za-z0-9+/]{30,}"), holds: isDrawn },
  { rule: "databricks-token", what: "a Databricks token", form: alone("dapi[a-f0-9]{32}(?:-\\d)?"), holds: isVaried },
  { rule: "linear-key", what: "a Linear key", form: alone("lin_api_[A-Za-z0-9]{40}"), holds: isDrawn },
  { rule: "supabase-token", what: "a Supabase token", form: alone("sb(?:p|_secret)_[A-Za-z0-9_]{30,}"), holds: isVaried },
  { rule: "age-key", what: "an age key", form: /AGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}/g, holds: isVaried },
  { rule: "private-key", what: "a private key", form: /-----BEGIN (?:[A-Z0-9]+ ){0,2}PRIVATE KEY(?: BLOCK)?-----(?:(?:\s|\\[nr])*[A-Za-z-]{2,20}: ?[^\n\\]{0,200}(?:\n|\\n)){0,10}[^-]{0,20000}?-----END (?:[A-Z0-9]+ ){0,2}PRIVATE KEY(?: BLOCK)?-----/g, holds: isKey },
  { rule: "connection-string", what: "an address with a password in it", form: /(?<![\w+.-])[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:/@"'`<>]{0,100}:(?<secret>[^\s/@"'`<>]{1,200})@[^\s"'`<>]{3,200}/gi, holds: isConnection },
];

/** One look at a text tells most of them from those that hold no credential of any form above. */
export const MAY_HOLD = new RegExp(
  [
    "gh[pousr]_[A-Za-z0-9]", "github_pat_", "gl(?:pat|dt|rt|cbt|ptt|agent|oas)-", "[sS](?:ecret|ECRET)[ _-]?(?:[aA](?:ccess|CCESS)[ _-]?)?[kK](?:ey|EY)", "AIza", "GOCSPX-", "AccountKey=", "\\dQ~", "xox[abposr]-", "xapp-", "hooks\\.slack", "\\/api\\/webhooks\\/",
    ":AA[\\w-]", "[sr]k_live_", "whsec_", "T3BlbkFJ", "sk-ant-", "hf_[A-Za-z]", "npm_[A-Za-z0-9]", "pypi-", "rubygems_", "dckr_", "do[opr]_v1_", "SG\\.", "shp[acps]", "hv[sbr]\\.", "\\.atlasv1\\.", "glsa_", "sntrys_", "dapi[a-f0-9]", "lin_api_",
    "sb(?:p|_secret)_", "AGE-SECRET", "PRIVATE KEY", ":\\/\\/[^\\s/@\"'`<>]*:[^\\s/@\"'`<>]+@",
  ].join("|"),
);
