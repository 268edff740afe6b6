/** Bindings and variables of the sandbox Worker. */
export interface SandboxEnv {
  SANDBOX_DB: D1Database;
  /** Origin of the hosted pages, without a trailing slash. */
  PUBLIC_URL: string;
  /** Comma-separated API keys that are accepted. A key that starts with `sk_live_` or `rk_live_` sees live-mode objects only. */
  SECRET_KEYS: string;
  /** The address that events are posted to; empty for no deliveries. */
  WEBHOOK_URL: string;
  /** Comma-separated signing secrets; with two, each delivery has two signatures, as during a change of secrets. */
  WEBHOOK_SECRET: string;
  /** The secrets for events of live mode; left out or empty, `WEBHOOK_SECRET` signs those too. */
  WEBHOOK_SECRET_LIVE?: string;
  /** `push` sends events after each request; with `manual` the control API sends them. */
  DELIVERY: "push" | "manual";
  /** The instant (ISO 8601) at which the clock stands until it is moved; left out or empty, it is the machine's clock. */
  CLOCK?: string;
}

/** The parts of a comma-separated variable, without empty ones. */
export function commaList(text: string | undefined): string[] {
  return (text ?? "")
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

/** The signing secrets for events of a mode. */
export function webhookSecrets({ WEBHOOK_SECRET, WEBHOOK_SECRET_LIVE }: SandboxEnv, livemode: boolean): string {
  return livemode ? WEBHOOK_SECRET_LIVE || WEBHOOK_SECRET : WEBHOOK_SECRET;
}
