/** One reason of a decision: a stable code for programs, a sentence for people. */
export interface Reason {
  readonly code: string;
  readonly message: string;
}

export function because(code: string, message: string): Reason {
  return { code, message };
}
