const COMPARISON = /^\s*(<=|>=|<|>|==|!=)\s*(-?\d+(?:\.\d+)?(?:e[-+]?\d+)?)\s*$/i;

/** Whether a number stands to another as a text such as `< 0.05` says. */
export function isOrdered(value: number, comparison: string): boolean {
  const [, sign = "", number = ""] = COMPARISON.exec(comparison) ?? [];
  const other = Number(number);
  switch (sign) {
    case "<": return value < other;
    case "<=": return value <= other;
    case ">": return value > other;
    case ">=": return value >= other;
    case "==": return value === other;
    case "!=": return value !== other;
    default: return false;
  }
}
