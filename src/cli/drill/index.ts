import { healthDrills } from "./drills/health.ts";
import { killedDrills } from "./drills/killed.ts";
import { loadDrills } from "./drills/load.ts";
import { rollbackDrills } from "./drills/rollback.ts";
import { serviceDrills } from "./drills/services.ts";
import type { Drill } from "./port.ts";

/** All drills there are, in the order in which they are shown. */
export const drills: readonly Drill[] = [...healthDrills, ...rollbackDrills, ...serviceDrills, ...killedDrills, ...loadDrills];
