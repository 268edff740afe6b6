import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { freePort } from "../../../src/dev/local/ports.ts";
import { startLocalServer } from "../../../src/dev/local/server.ts";

let state: string;
beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), "settings-"));
});
afterEach(() => rmSync(state, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));

const LIVE = {
  STRIPE_MAX_MODE: "live",
  STRIPE_SECRET_KEY_LIVE: "sk_live_000000000000000000000000",
  STRIPE_WEBHOOK_SECRET_LIVE: "whsec_live",
};
const SANDBOX = { STRIPE_SECRET_KEY_SANDBOX: "sk_test_000000000000000000000000" };

test.each([
  ["a live key beside the stand-in", LIVE, "is refused beside the Stripe sandbox"],
  ["a sandbox key as the live one", { ...LIVE, STRIPE_SECRET_KEY_LIVE: SANDBOX.STRIPE_SECRET_KEY_SANDBOX }, "refused"],
  [
    "a live key beside another address for Stripe",
    { ...LIVE, ...SANDBOX, STRIPE_WEBHOOK_SECRET_SANDBOX: "whsec_test", STRIPE_API_BASE_URL: "http://localhost:9" },
    "live calls go to Stripe and nowhere else",
  ],
  ["a maximum that is no mode", { STRIPE_MAX_MODE: "Live" }, "STRIPE_MAX_MODE"],
])("`npm run dev` does not start with %s", async (_, vars, because) => {
  const starting = startLocalServer({ state, port: await freePort(), sandboxPort: await freePort(), vars });
  await expect(starting).rejects.toThrow(because);
});
