/** What stops a release, all at once, for a person: printed without a stack. */
export class Problem extends Error {
  /** @param {readonly string[]} problems each says what is wrong and what to change */
  constructor(problems) {
    super(problems.length === 1 ? problems[0] : `${problems.length} things stand in the way:\n${problems.map((one) => `- ${one}`).join("\n")}`);
    this.problems = problems;
  }
}
