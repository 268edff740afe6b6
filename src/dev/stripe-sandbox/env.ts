/** Bindings and variables of the sandbox Worker. */
export interface SandboxEnv {
  SANDBOX_DB: D1Database;
  /** Origin of the hosted pages, without a trailing slash. */
  PUBLIC_URL: string;
  /** Comma-separated API keys that are accepted. A key that starts with `sk_live_` or `rk_live_` sees live-mode objects only. */
  SECRET_KEYS: string;
  /** Where events are posted; empty for nowhere. */
  WEBHOOK_URL: string;
  /** Comma-separated signing secrets; with two, each delivery carries two signatures, as while a secret is rolled. */
  WEBHOOK_SECRET: string;
  /** The same for events of live mode; left out or empty, `WEBHOOK_SECRET` signs those too. */
  WEBHOOK_SECRET_LIVE?: string;
  /** `push` sends events by itself; `manual` waits for the control API. */
  DELIVERY: "push" | "manual";
  /** The instant (ISO 8601) at which the clock stands until it is moved; left out or empty, it goes with the machine's. */
  CLOCK?: string;
}

/** Splits a comma-separated variable; blanks are dropped. */
export function commaList(text: string | undefined): string[] {
  return (text ?? "")
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

/** What signs the events of a mode. */
export function webhookSecrets({ WEBHOOK_SECRET, WEBHOOK_SECRET_LIVE }: SandboxEnv, livemode: boolean): string {
  return livemode ? WEBHOOK_SECRET_LIVE || WEBHOOK_SECRET : WEBHOOK_SECRET;
}
