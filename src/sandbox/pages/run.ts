import type { JobRecord, StepRecord, WorkflowRun } from "../world/types.ts";
import { badge, duration, html, type Html, markdown, time } from "./html.ts";

/** A workflow run: its jobs and steps with their times, summaries, annotations and logs. */
export function runPage(run: WorkflowRun): Html {
  return html`<h1>${run.displayTitle} <span class="muted">#${run.number}</span></h1>
<p>${badge(run.conclusion ?? run.status)} ${run.workflow.name} · ${run.event} · ${run.actor.login} · ${time(run.startedAt)} · ${duration(run.startedAt, run.completedAt)}</p>
${run.error === undefined ? "" : html`<pre>${run.error}</pre>`}${run.jobs.map(jobBox)}`;
}

function jobBox(job: JobRecord): Html {
  const shown = job.steps.filter((step) => step.conclusion !== "skipped" && !["Set up job", "Complete job"].includes(step.ref.name));
  return html`<section><h2>${badge(job.conclusion ?? job.status)} ${job.ref.name} <span class="muted">${duration(job.startedAt, job.completedAt)}</span></h2>
<table>${shown.map(stepRow)}</table>
${job.annotations.map((one) => html`<p>${badge(one.level === "error" ? "failure" : one.level)} ${one.title} ${one.file === undefined ? "" : html`<code>${one.file}:${one.line}</code>`} ${one.message}</p>`)}
${job.steps.filter((step) => step.summary !== "").map((step) => html`<div class="box">${markdown(step.summary)}</div>`)}
<details><summary>Log</summary><pre>${job.log.join("\n")}</pre></details></section>`;
}

function stepRow(step: StepRecord): Html {
  return html`<tr><td>${badge(step.conclusion ?? step.status)}</td><td>${step.ref.name}</td><td class="muted">${duration(step.startedAt, step.completedAt)}</td></tr>`;
}
