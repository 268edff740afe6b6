import { MINUTE_MS } from "../base/time.ts";

/** How long a person still has, in words: "23 hours", "1 hour and 20 minutes", "9 minutes". Never less than a minute. */
export function timeLeftWords(ms: number): string {
  const minutes = Math.max(1, Math.ceil(ms / MINUTE_MS));
  const hours = Math.floor(minutes / 60);
  if (hours === 0) return some(minutes, "minute");
  // Beside many hours a minute tells nothing.
  const rest = hours < 3 ? minutes % 60 : 0;
  return some(hours, "hour") + (rest > 0 ? ` and ${some(rest, "minute")}` : "");
}

const some = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;
