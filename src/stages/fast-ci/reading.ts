import type { Workspace } from "../../workspace/port.ts";

/** UTF-16 units that are kept; what a change larger than this holds is read again by each check. */
const MAX_KEPT = 16 * 1024 * 1024;

/** The same workspace, each file of which is read once for all checks. */
export function readingOnce(workspace: Workspace): Workspace {
  const texts = new Map<string, Promise<string | null>>();
  let kept = 0;
  const count = (text: string | null) => {
    kept += text?.length ?? 0;
    if (kept <= MAX_KEPT) return;
    texts.clear();
    kept = 0;
  };
  return {
    ...workspace,
    readText(path) {
      const known = texts.get(path);
      if (known !== undefined) return known;
      const text = workspace.readText(path);
      texts.set(path, text);
      text.then(count, () => {});
      return text;
    },
  };
}
