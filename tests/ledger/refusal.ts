import { expect } from "@jest/globals";
import { InstantError } from "../../src/kit/errors.ts";

/** What a person is told when it fails; the password of these tests, `s3cr3t`, is never part of it. */
export async function refusal(work: Promise<unknown>): Promise<string> {
  const error = await work.then(() => null, (thrown: unknown) => thrown);
  if (!(error instanceof InstantError)) throw new Error(`no InstantError but ${String(error)}`);
  const text = JSON.stringify(error.problems);
  expect(text).not.toMatch(/s3cr3t/);
  return text;
}
