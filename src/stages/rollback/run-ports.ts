import type { Incidents } from "./incident.ts";
import type { RollbackPorts } from "./ports.ts";

/** What one run works with: the ports, and the incident as this run knows it. */
export interface RunPorts extends RollbackPorts {
  readonly incidents: Incidents;
}
