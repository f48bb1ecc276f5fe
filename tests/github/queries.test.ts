import { describe, expect, test } from "@jest/globals";
import { schema as published } from "@octokit/graphql-schema";
import { buildSchema, parse, validate } from "graphql";
import * as branches from "../../src/github/queries/branches.ts";
import * as deployments from "../../src/github/queries/deployments.ts";
import * as issues from "../../src/github/queries/issues.ts";
import * as pulls from "../../src/github/queries/pulls.ts";
import * as questions from "../../src/github/queries/questions.ts";
import * as rollbacks from "../../src/github/queries/rollbacks.ts";
import * as stories from "../../src/github/queries/stories.ts";

const queries = { ...branches, ...deployments, ...issues, ...pulls, ...questions, ...rollbacks, ...stories };
const schema = buildSchema(published.idl, { assumeValidSDL: true });

const documents: Record<string, string> = {
  ...Object.fromEntries(Object.entries(queries).flatMap(([name, value]) => (typeof value === "string" && /^(query|mutation) /.test(value) ? [[name, value]] : []))),
  "questionQuery of the default branch": queries.questionQuery({ branches: 5, sources: 2, defaultBase: true }),
  "questionQuery of a named base": queries.questionQuery({ branches: 1, sources: 1, defaultBase: false }),
  "questionQuery without sources": queries.questionQuery({ branches: 1, sources: 0, defaultBase: true }),
  "questionQuery without branches": queries.questionQuery({ branches: 0, sources: 0, defaultBase: false }),
  entriesQuery: queries.entriesQuery([2, 1]),
  storyQuery: queries.storyQuery(2),
  "rollbackQuery without labels": queries.rollbackQuery({ labels: 0, environment: false }),
  "rollbackQuery with labels and deployments": queries.rollbackQuery({ labels: 3, environment: true }),
  openHotfixMutation: queries.openHotfixMutation(0),
  "openHotfixMutation with labels": queries.openHotfixMutation(2),
  createLabelsMutation: queries.createLabelsMutation(2),
  labelsQuery: queries.labelsQuery(2),
  tellIncidentMutation: queries.tellIncidentMutation({ comment: false, state: null }),
  "tellIncidentMutation that closes": queries.tellIncidentMutation({ comment: true, state: "closed" }),
  "tellIncidentMutation that opens again": queries.tellIncidentMutation({ comment: true, state: "open" }),
};

describe("GraphQL documents against GitHub's published schema", () => {
  test("every constant that is a document is looked at", () => {
    expect(Object.keys(documents).length).toBeGreaterThanOrEqual(12);
  });

  test.each(Object.entries(documents))("%s is valid", (_, document) => {
    expect(validate(schema, parse(document)).map(({ message }) => message)).toEqual([]);
  });
});
