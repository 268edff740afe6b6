import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Secrets of a local server. They open nothing but its own state. */
export interface LocalSecrets {
  readonly serverSecret: string;
  /** What server and sandbox share: an API key and a signing secret. */
  readonly sandboxKey: string;
  readonly sandboxWebhookSecret: string;
}

/** The secrets that belong to a state folder, made on first use: sealed rows stay readable after a restart. */
export function keepSecrets(state: string): LocalSecrets {
  const path = join(state, "secrets.json");
  if (existsSync(path)) return JSON.parse(readFileSync(path, "utf8")) as LocalSecrets;
  const secrets: LocalSecrets = {
    serverSecret: randomBytes(32).toString("base64url"),
    sandboxKey: `sk_test_${randomBytes(16).toString("hex")}`,
    sandboxWebhookSecret: `whsec_${randomBytes(16).toString("hex")}`,
  };
  mkdirSync(state, { recursive: true });
  writeFileSync(path, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 });
  return secrets;
}
