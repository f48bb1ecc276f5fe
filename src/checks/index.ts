import type { Check } from "./port.ts";

/**
 * The checks of a run. What a check is made of is loaded when it runs, so that a change without Markdown loads no Markdown parser.
 * @param options.smokeCommand without one there is no smoke check, whether it is named or not.
 */
export function openChecks(options: { readonly names: readonly string[]; readonly smokeCommand: string }): readonly Check[] {
  const { names, smokeCommand } = options;
  const all: readonly Check[] = [
    { name: "markdown", run: async (subject) => (await import("./markdown.ts")).checkMarkdown(subject) },
    {
      name: "faq",
      run: async (subject) => {
        const concerned = subject.changed.includes(subject.faqPath) || subject.removed.includes(subject.faqPath);
        if (!concerned) return { findings: [], detail: `${subject.faqPath} did not change`, skipped: true };
        return (await import("./faq.ts")).checkFaqFile(subject);
      },
    },
    { name: "links", run: async (subject) => (await import("./links.ts")).checkLinks(subject) },
    { name: "smoke", run: async (subject) => (await import("./smoke.ts")).runSmoke(smokeCommand, subject) },
  ];
  return all.filter(({ name }) => names.includes(name) && (name !== "smoke" || smokeCommand.trim() !== ""));
}
