import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The secrets of a local server; they are good for its own state only. */
interface LocalSecrets {
  readonly serverSecret: string;
  /** The API key and the signing secret that server and sandbox share. */
  readonly sandboxKey: string;
  readonly sandboxWebhookSecret: string;
}

/** The secrets of a state folder, made on first use and kept: sealed rows stay readable after a restart. */
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
