import { shortName } from "../pages/untrusted-text.ts";

/**
 * A client's declared name as a short name; the fallback where nothing of it is visible. The page escapes it.
 */
export function displayName(declared: string | undefined, fallback: string): string {
  return shortName(declared ?? "") || shortName(fallback) || "unnamed client";
}
