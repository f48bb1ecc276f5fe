// The configuration files of this repository that only its own tools and GitHub read. Files that a stage reads have their schema
// beside the stage; tools/generate/schemas.mjs names them all.

import * as v from "valibot";

const sentence = v.pipe(v.string(), v.minLength(3));

/** What a job's `permissions:` may name (docs.github.com: Workflow syntax, permissions). */
const PERMISSIONS = [
  "actions", "attestations", "checks", "contents", "deployments", "discussions", "id-token", "issues", "models", "packages", "pages",
  "pull-requests", "repository-projects", "security-events", "statuses",
];

const grant = v.pipe(
  v.strictTuple([v.picklist(["read", "write"]), sentence, v.optional(sentence)]),
  v.description("The level, why the action needs it, and, unless it always does, when: the input that makes it needed in backticks."),
);

/** actions/<name>/catalog.yml: what action.yml has no place for. */
export const Catalog = v.pipe(
  v.strictObject({
    triggers: v.pipe(v.array(sentence), v.minLength(1), v.description("What starts the action.")),
    permissions: v.pipe(v.record(v.picklist(PERMISSIONS), grant), v.description("What the job's token needs, nothing more.")),
    "side-effects": v.pipe(v.array(sentence), v.description("What the action changes in the world, and what else it asks for.")),
  }),
  v.title("Triggers, permissions and side effects of an action"),
);

/** workflows-templates/*.properties.json (docs.github.com: Creating workflow templates for your organization). */
export const TemplateProperties = v.pipe(
  v.strictObject({
    name: v.pipe(v.string(), v.minLength(1), v.description("Shown in the list of workflows.")),
    description: v.pipe(v.string(), v.minLength(1), v.description("Shown below the name.")),
    iconName: v.optional(v.pipe(v.string(), v.minLength(1), v.description("`octicon <name>`, or an SVG file beside this one, without its extension."))),
    categories: v.optional(v.pipe(v.array(v.nullable(v.string())), v.description("Where it is listed."))),
    filePatterns: v.optional(v.pipe(v.array(v.string()), v.description("Regular expressions; a file in the root of the repository has to match one."))),
  }),
  v.title("What an organisation's list of workflow templates shows of one"),
);

const program = { program: v.pipe(v.string(), v.minLength(1)), package: v.pipe(v.string(), v.minLength(1)), versionArguments: v.array(v.string()) };
const version = v.pipe(v.string(), v.regex(/^v?\d+\.\d+\.\d+$/));

/** tools/programs.json: the programs of others that the tests use. */
export const Programs = v.pipe(
  v.strictObject({
    go: v.pipe(v.array(v.strictObject({ ...program, version })), v.description("Built with `go install`, by version.")),
    pypi: v.pipe(
      v.array(v.strictObject({ ...program, version, hashes: v.pipe(v.array(v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/))), v.minLength(1)) })),
      v.description("Installed with `pip --require-hashes`."),
    ),
    debian: v.pipe(v.array(v.strictObject({ ...program, folders: v.optional(v.array(v.string())) })), v.description("Installed with apt-get, whatever version it offers.")),
  }),
  v.title("Programs of others that the tests use"),
);
