import { describe, expect, test } from "@jest/globals";
import { channelsFrom } from "../../src/notify/index.ts";

const HOOK = "https://hooks.slack.com/services/T0/B0/sEcReT-of-slack";
const TOKEN = "123456789:AAbbCCddEEffGGhhIIjjKKllMMnnOOppQQr";
const ALL = `${HOOK}
telegram://${TOKEN}@telegram/?chats=-1001234567890

# the mailbox of those on call
smtps://ann:p%40ss@mail.example.com:465/?from=INSTANT%20%3Cinstant@example.com%3E&to=ops@example.com,ann+alerts@example.com
issue`;

const nothingWrong = (line: string) => {
  const { channels, problems } = channelsFrom(line);
  expect(problems).toEqual([]);
  return channels;
};

describe("the lines of `notify`", () => {
  test("all kinds, with what is secret in them", () => {
    expect(channelsFrom(ALL)).toEqual({
      channels: [
        { kind: "slack", name: "slack", webhookUrl: HOOK },
        { kind: "telegram", name: "telegram", token: TOKEN, chatId: "-1001234567890", baseUrl: null },
        {
          kind: "email", name: "email", server: { host: "mail.example.com", port: 465, secure: true, auth: { user: "ann", pass: "p@ss" } }, from: { name: "INSTANT", address: "instant@example.com" },
          to: [{ name: "", address: "ops@example.com" }, { name: "", address: "ann+alerts@example.com" }],
        },
        { kind: "issue", name: "issue" },
      ],
      problems: [],
      secrets: expect.arrayContaining([HOOK, "sEcReT-of-slack", TOKEN, TOKEN.slice(10), encodeURIComponent(TOKEN), "p@ss", "p%40ss", Buffer.from("p@ss").toString("base64"), "ann:p@ss", Buffer.from("\0ann\0p@ss").toString("base64")]),
    });
    expect(channelsFrom("")).toEqual({ channels: [], problems: [], secrets: [] });
  });

  test("of what is no secret, or stands everywhere, nothing is hidden", () => {
    const { secrets } = channelsFrom(`${ALL}\nhttps://mattermost.example.com/hooks/x?a=b`);
    for (const text of ["issue", "instant@example.com", "ops@example.com", "-1001234567890", "mail.example.com", "ann", "a=b", "x", ""]) expect(secrets).not.toContain(text);
  });

  test("several of a kind are told apart, in their order; the same twice is one", () => {
    const other = HOOK.replace("T0", "T1");
    expect(nothingWrong(`${HOOK}\r\n${other}\r\n${HOOK}\r\ntelegram://${TOKEN}@telegram?chats=@channel,42,42`).map(({ name }) => name)).toEqual(["slack", "slack-2", "telegram", "telegram-2"]);
  });

  test.each([
    ["smtp://mail.example.com", { host: "mail.example.com", port: 587, secure: false, auth: null }],
    ["smtp://localhost:2525", { host: "localhost", port: 2_525, secure: false, auth: null }],
    ["smtps://[::1]", { host: "::1", port: 465, secure: true, auth: null }],
    ["smtp://ann@example.com:pw@mail.example.com", { host: "mail.example.com", port: 587, secure: false, auth: { user: "ann@example.com", pass: "pw" } }],
  ])("%s", (address, server) => {
    for (const slash of ["", "/"]) expect(nothingWrong(`${address}${slash}?to=a@b.co&from=c@d.co`)).toMatchObject([{ server }]);
  });

  test.each(["instant@example.com", "%22INSTANT%2C Inc.%22 <instant@example.com>", "%3Cinstant@example.com%3E", "a.b+c@bücher.example"])("mail from %s", (from) => {
    expect(nothingWrong(`smtp://mail.example.com/?from=${from}&to=a@b.co`)).toMatchObject([{ from: { address: expect.stringMatching(/^\S+@\S+$/) } }]);
  });

  test("another host is a Bot API server of one's own", () => {
    expect(nothingWrong(`telegram://${TOKEN}@bots.example.com:8443/?chats=1`)).toMatchObject([{ baseUrl: "https://bots.example.com:8443" }]);
    expect(nothingWrong(`telegram://${TOKEN.replace(":", "%3A")}@127.0.0.1:8081/?chats=1`)).toMatchObject([{ token: TOKEN, baseUrl: "http://127.0.0.1:8081" }]);
  });

  test("`issue` is known by itself and as an address, which no runner hides where it stands elsewhere", () => {
    expect([nothingWrong("issue"), nothingWrong("issue://")]).toEqual([[{ kind: "issue", name: "issue" }], [{ kind: "issue", name: "issue" }]]);
  });
});

describe("a line that cannot be read", () => {
  test("is told by its number and what it lacks, never by what is in it, and the others are used", () => {
    const { channels, problems } = channelsFrom(`sEcReT\n${HOOK}\n\n# a remark\ntelegram://sEcReT@telegram?chats=1\nsmtp://a:sEcReT#x@mail.example.com/?from=a@b.co&to=c@d.co\nissues`);
    expect(channels.map(({ name }) => name)).toEqual(["slack"]);
    expect(problems.map(({ what }) => what)).toEqual([
      "Line 1 of `notify` is left out: it is no channel that is known",
      "Line 5 of `notify` is left out: what stands before the `@` is no token of a bot",
      "Line 6 of `notify` is left out: it cannot be read as the address of a mail server, with user and password or neither",
      "Line 7 of `notify` is left out: it is no channel that is known",
    ]);
    for (const { fix } of problems) expect(fix.length).toBeGreaterThan(20);
    expect(JSON.stringify(problems)).not.toContain("sEcReT");
  });

  const MAIL = "&from=a@b.co&to=c@d.co";
  test.each([
    "smtp://", "smtp://ann@mail.example.com/?x", `smtp://:pass@mail.example.com/?${MAIL}`, `smtp://a:b@mail.example.com/path?${MAIL}`, `smtp://a:b@mail.example.com/?x=1${MAIL}`, `smtp://a:50%@mail.example.com/?${MAIL}`,
    `smtp://a:b@mail.example.com:0/?${MAIL}`, `smtp://a:b@mail.example.com:99999/?${MAIL}`, `smtp://a:b/c@mail.example.com/?${MAIL}`, "smtp://mail.example.com", "smtp://mail.example.com/?from=a@b.co", "smtp://mail.example.com/?to=a@b.co",
    "smtp://mail.example.com/?from=x%0d%0aBcc:%20y@z.co&to=a@b.co", "smtp://mail.example.com/?from=a@b.co&to=c@d.co,not%20an%20address", "smtp://mail.example.com/?from=a@b.co&to=c@d.co&to=e@f.co", "smtp://mail.example.com/?from=%&to=a@b.co",
    "https://hooks.slack.com", "https://user:pass@hooks.slack.com/services/x", "http://hooks.slack.com/services/x", "ftp://hooks.slack.com/x", "hooks.slack.com/services/x", "https://",
    `telegram://${TOKEN}@telegram`, `telegram://${TOKEN}@telegram/?chats=`, `telegram://${TOKEN}@telegram/?chats=my chat`, `telegram://${TOKEN}@telegram/?chats=1&silent=yes`, `telegram://${TOKEN}/?chats=1`, "telegram://", "Issue", "issue other",
  ])("%s", (line) => {
    const { channels, problems } = channelsFrom(line);
    expect([channels, problems.length]).toEqual([[], 1]);
  });
});
