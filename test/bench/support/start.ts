import { businessSettings } from "../../../src/dev/seeds/business-settings.ts";
import { businessFromFolder } from "../../../src/dev/seeds/folder.ts";
import type { RawRequest } from "./send.ts";

/** The settings of a Worker whose start is measured. Its databases are empty. */
export const settingsToStart = () => ({
  ...businessSettings(businessFromFolder()),
  SERVER_SECRET: "a-start-a-start-a-start-a-start-1",
  STRIPE_MAX_MODE: "sandbox",
  PUBLIC_URL: "http://localhost",
});

/** A list of tools without sign-in, which reads no database. */
export const firstCall = (path: string): RawRequest => ({
  method: "POST",
  path,
  headers: { "content-type": "application/json", accept: "application/json, text/event-stream" },
  body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list", params: {} }),
});
