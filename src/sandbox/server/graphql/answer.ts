/** `POST /graphql`: executes against GitHub's schema; what has no resolver names itself. */

import { execute, getOperationAST, GraphQLError, Kind, parse } from "graphql";
import type { DocumentNode, ExecutionResult, GraphQLFieldResolver } from "graphql";

import { ApiError } from "../../world/errors.ts";
import type { Reply } from "../router.ts";
import { checkSuiteShape, rollup, statusShape } from "./checks.ts";
import type { GraphqlContext, Parts } from "./context.ts";
import { mutations } from "./mutations.ts";
import { objectAt } from "./objects.ts";
import { issueShape, labelShape, pullShape } from "./pulls.ts";
import { queries } from "./queries.ts";
import { refShape } from "./refs.ts";
import { repositoryShape } from "./repository.ts";
import { check, githubSchema } from "./schema.ts";

function withShapes(parts: Parts): GraphqlContext {
  const context: GraphqlContext = {
    ...parts,
    shapes: {
      repository: (repository) => repositoryShape(context, repository), ref: (repository, name) => refShape(context, repository, name),
      object: (repository, expression) => objectAt(context, repository, expression),
      pull: (pull) => pullShape(context, pull), issue: (issue) => issueShape(context, issue), label: (label) => labelShape(context, label),
      checkSuite: (suite) => checkSuiteShape(context, suite), rollup: (repository, sha) => rollup(context, repository, sha),
      status: (repository, sha, latest) => statusShape(context, repository, sha, latest),
    },
  };
  return context;
}

interface GraphqlRequest {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>> | undefined;
  readonly operationName: string | undefined;
}

function readRequest(json: unknown): GraphqlRequest | undefined {
  if (typeof json !== "object" || json === null) return undefined;
  const { query, variables, operationName } = json as Record<string, unknown>;
  if (typeof query !== "string") return undefined;
  return {
    query, variables: typeof variables === "object" && variables !== null ? (variables as Record<string, unknown>) : undefined,
    operationName: typeof operationName === "string" ? operationName : undefined,
  };
}

/** The operation's name (or `""`) and its top-level fields, for faults and the log. Never throws. */
export function graphqlNames(json: unknown): readonly string[] {
  const request = readRequest(json);
  if (request === undefined) return [];
  let document: DocumentNode;
  try {
    document = parse(request.query, { noLocation: true });
  } catch {
    return [];
  }
  const operation = getOperationAST(document, request.operationName);
  if (operation === null || operation === undefined) return [];
  const fields = operation.selectionSet.selections.flatMap((one) => (one.kind === Kind.FIELD ? [one.name.value] : []));
  return [operation.name?.value ?? "", ...fields];
}

export async function answerGraphql(parts: Parts, json: unknown): Promise<Reply> {
  const request = readRequest(json);
  if (request === undefined) {
    return { status: 200, body: { errors: [{ message: "A query attribute must be specified and must be a string." }] } };
  }
  const context = withShapes(parts);
  if (context.actor.kind === "anonymous") {
    return { status: 401, body: { message: "This endpoint requires you to be authenticated.", documentation_url: "https://docs.github.com/graphql" } };
  }
  const { document, errors } = check(request.query);
  if (document === undefined || errors.length > 0) return { status: 200, body: { errors: errors.map(shape) } };
  const result = await execute({
    schema: githubSchema(), document, contextValue: context, rootValue: { ...queries(context), ...mutations(context) },
    ...(request.variables === undefined ? {} : { variableValues: request.variables }),
    ...(request.operationName === undefined ? {} : { operationName: request.operationName }),
    fieldResolver: resolve,
  });
  return { status: 200, body: render(result) };
}

/** Objects carry their fields; one that is missing was never written, which is not the same as null. */
const resolve: GraphQLFieldResolver<unknown, GraphqlContext> = (source, args, context, info) => {
  const name = info.fieldName;
  if (typeof source !== "object" || source === null || !(name in source)) {
    throw new GraphQLError(`The sandbox does not implement ${info.parentType.name}.${name}`, { extensions: { code: "NOT_IMPLEMENTED" } });
  }
  const value = (source as Record<string, unknown>)[name];
  return typeof value === "function" ? (value as (a: unknown, c: unknown, i: unknown) => unknown).call(source, args, context, info) : value;
};

function render(result: ExecutionResult): Record<string, unknown> {
  if (result.errors === undefined) return { data: result.data };
  return { data: result.data ?? null, errors: result.errors.map(shape) };
}

/** GitHub puts `type` beside `message`. An error of the sandbox itself must not look like an answer. */
function shape(error: GraphQLError): Record<string, unknown> {
  const cause = error.originalError;
  const base = {
    ...(error.path === undefined ? {} : { path: error.path }),
    ...(error.locations === undefined ? {} : { locations: error.locations }),
  };
  if (cause instanceof ApiError) {
    const forbidden = cause.graphqlType === "FORBIDDEN" ? { extensions: { saml_failure: false } } : {};
    return { type: cause.graphqlType, ...base, ...forbidden, message: cause.graphqlMessage };
  }
  if (cause !== undefined && !(cause instanceof GraphQLError)) {
    process.emitWarning(`sandbox: GraphQL field ${error.path?.join(".") ?? ""} failed: ${cause.stack ?? cause.message}`);
  }
  return { ...base, ...(error.extensions?.["code"] === "NOT_IMPLEMENTED" ? { type: "NOT_IMPLEMENTED" } : {}), message: error.message };
}
