import { InstantError, type Problem } from "../../kit/errors.ts";

/** What PostgreSQL, or the way to it, said, for a person; with its code for us. */
export class Refusal extends InstantError {
  readonly code: string;

  constructor(code: string, problem: Problem) {
    super("service", [problem]);
    this.code = code;
  }
}
