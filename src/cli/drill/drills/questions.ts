/** Answered in the sample product's documents. */
export const QUESTION = "How do I roll back a deployment that went wrong?";
export const OTHER = "How do I restore a backup?";

/** As many questions as asked for, each a task of its own. */
export function questions(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `How do I roll back deployment ${index + 1} when it went wrong?`);
}
