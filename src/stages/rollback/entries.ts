import type { ThreeWay } from "../../workspace/port.ts";

/**
 * Takes an entry out of a FAQ from the midst of later ones. To git, an entry and the one added behind it are neighbours that
 * conflict; by entries they have nothing to do with each other. Only a document that holds entries of INSTANT's own is merged so.
 * @returns null for any other file, and when the entries themselves are in conflict.
 */
export async function byEntries({ path, base, ours, theirs }: ThreeWay): Promise<string | null> {
  if (!/\.(md|mdx|markdown)$/i.test(path)) return null;
  // Loaded only now: most rollbacks never need it.
  const { mergeFaq, parseFaq } = await import("../../faq/index.ts");
  if (!parseFaq(base).entries.some((entry) => entry.record !== undefined)) return null;
  const merged = mergeFaq(base, ours, theirs);
  return merged.ok ? merged.text : null;
}
