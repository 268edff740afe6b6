/** A wait as people read it, rounded up: "1 second", "119 seconds", "2 minutes", "24 hours". */
export function waitText(seconds: number): string {
  const [length, unit] = seconds < 120 ? [1, "second"] : seconds < 7200 ? [60, "minute"] : [3600, "hour"];
  const count = Math.ceil(seconds / length);
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}
