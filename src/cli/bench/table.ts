/** Columns under each other: the first to the left, the others to the right. */
export function aligned(lines: readonly (readonly string[])[]): string {
  const widths = lines[0]?.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0))) ?? [];
  const place = (cell: string, column: number) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0));
  return lines.map((line) => line.map(place).join("  ").trimEnd()).join("\n");
}

export const rounded = (value: number): number => Number(value.toFixed(3));
export const kilobytes = (bytes: number): string => `${Math.round(bytes / 1000)} KB`;
export const megabytes = (bytes: number): string => `${Math.round(bytes / 1024 / 1024)} MiB`;
