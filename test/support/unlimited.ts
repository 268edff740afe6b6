import { limitBindings } from "../../src/base/bounds.ts";

/**
 * Counters that refuse no call, under the name of each binding: Cloudflare's counters are not ours, and a test calls more
 * often in a minute than a person does.
 */
export const unlimited: Readonly<Record<string, Pick<RateLimit, "limit">>> = Object.fromEntries(
  limitBindings.map((name) => [name, { limit: async () => ({ success: true }) }]),
);
