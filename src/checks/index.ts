import type { Parse } from "./data/once.ts";
import type { Check, CheckOptions } from "./port.ts";
import { withoutSecrets } from "./redacted.ts";

/** The checks of a run. What a check is made of is loaded when it runs, so that a change without Markdown loads no Markdown parser. */
export function openChecks({ checks: names, smokeCommand, openapiBreaking, externalLinks }: CheckOptions): readonly Check[] {
  let parser: Promise<Parse> | undefined;
  const parse = () => (parser ??= import("./data/once.ts").then(({ parsingOnce }) => parsingOnce()));
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
    { name: "links", run: async (subject) => (await import("./links.ts")).checkLinks(subject, externalLinks) },
    { name: "config", run: async (subject) => (await import("./config.ts")).checkConfig(subject, await parse()) },
    { name: "openapi", run: async (subject) => (await import("./openapi.ts")).checkOpenapi(subject, openapiBreaking, await parse()) },
    { name: "secrets", run: async (subject) => (await import("./secrets.ts")).checkSecrets(subject) },
    { name: "smoke", run: async (subject) => (await import("./smoke.ts")).runSmoke(smokeCommand, subject) },
  ];
  return all.filter(({ name }) => names.includes(name) && (name !== "smoke" || smokeCommand.trim() !== "")).map(withoutSecrets);
}
