import { describe, expect, test } from "@jest/globals";
import { InstantError } from "../../src/kit/errors.ts";
import { channelsFrom } from "../../src/notify/index.ts";
import { shownOf } from "./support.ts";

const HOOK = "https://hooks.slack.com/services/T0/B0/sEcReT";
const TOKEN = "123456789:AAbbCCddEEffGGhhIIjjKKllMMnnOOppQQr";
const GOOD = {
  "slack-webhook-url": HOOK, "telegram-bot-token": TOKEN, "telegram-chat-id": "-1001234567890",
  "smtp-url": "smtps://ann:p%40ss@mail.example.com:465", "email-to": "ops@example.com, ann@example.com\nops@example.com", "email-from": "INSTANT <instant@example.com>", "alert-issue": "true",
};

function refused(values: Record<string, string>): InstantError {
  try {
    channelsFrom(values);
  } catch (error) {
    if (error instanceof InstantError) return error;
    throw error;
  }
  throw new Error("nothing was wrong");
}

describe("the settings of the channels", () => {
  test("all of them, and none", () => {
    expect(channelsFrom(GOOD)).toEqual({
      slack: { webhookUrl: HOOK },
      telegram: { token: TOKEN, chatId: "-1001234567890" },
      email: { server: { host: "mail.example.com", port: 465, secure: true, auth: { user: "ann", pass: "p@ss" } }, from: { name: "INSTANT", address: "instant@example.com" }, to: [{ name: "", address: "ops@example.com" }, { name: "", address: "ann@example.com" }] },
      issue: true,
      secrets: ["p@ss", "p%40ss"],
    });
    expect(channelsFrom({ "smtp-url": "  ", "alert-issue": "false" })).toEqual({ slack: null, telegram: null, email: null, issue: false, secrets: [] });
  });

  test.each([
    ["smtp://mail.example.com", { host: "mail.example.com", port: 587, secure: false, auth: null }],
    ["smtp://localhost:2525/", { host: "localhost", port: 2_525, secure: false, auth: null }],
    ["smtps://[::1]", { host: "::1", port: 465, secure: true, auth: null }],
  ])("%s", (url, server) => {
    expect(channelsFrom({ ...GOOD, "smtp-url": url }).email?.server).toEqual(server);
  });

  test.each(["instant@example.com", "\"INSTANT, Inc.\" <instant@example.com>", "<instant@example.com>", "a.b+c@bücher.example"])("from %s", (from) => {
    expect(channelsFrom({ ...GOOD, "email-from": from }).email?.from.address).toMatch(/^\S+@\S+$/);
  });

  test("every problem at once, and no secret in any", async () => {
    const error = refused({
      "slack-webhook-url": "http://hooks.slack.com/services/sEcReT", "telegram-bot-token": "sEcReT", "telegram-chat-id": "my chat",
      "smtp-url": "smtps://ann:sEcReT#x@mail.example.com", "email-to": "ops@example.com, not an address", "email-from": "x\r\nBcc: y@z", "alert-issue": "perhaps",
    });
    expect(error.blame).toBe("configuration");
    expect(error.problems.map(({ where }) => where)).toEqual(Object.keys(GOOD));
    expect(await shownOf(error)).not.toContain("sEcReT");
  });

  test("a channel that is set by half is told with what is missing", () => {
    const error = refused({ "telegram-bot-token": TOKEN, "email-to": "ops@example.com", "alert-issue": "odd" });
    expect(error.problems.map(({ where }) => where)).toEqual(["alert-issue", "telegram-chat-id", "smtp-url", "email-from"]);
    expect(error.problems[1]?.what).toBe("Input `telegram-chat-id` is missing, and `telegram-bot-token` does nothing without it");
    expect(refused({ "email-from": "a@b.co" }).problems.map(({ where }) => where)).toEqual(["smtp-url", "email-to"]);
    expect(error.problems[2]).toMatchObject({ what: "Input `smtp-url` is missing, and `email-to` does nothing without it", cause: expect.stringContaining("secret") });
  });

  test.each([
    "mail.example.com", "http://mail.example.com", "smtp://", "smtp://ann@mail.example.com", "smtp://:pass@mail.example.com", "smtp://a:b@mail.example.com/path",
    "smtp://a:b@mail.example.com?x=1", "smtp://a:50%@mail.example.com", "smtp://a:b@mail.example.com:0", "smtp://a:b@mail.example.com:99999", "smtp://a:b/c@mail.example.com",
  ])("smtp-url %s is refused", (url) => {
    expect(refused({ ...GOOD, "smtp-url": url }).problems.map(({ where }) => where)).toEqual(["smtp-url"]);
  });

  test.each(["https://hooks.slack.com", "https://user:pass@hooks.slack.com/services/x", "ftp://hooks.slack.com/x", "hooks.slack.com/services/x"])("slack-webhook-url %s is refused", (url) => {
    expect(refused({ "slack-webhook-url": url }).problems).toHaveLength(1);
  });
});
