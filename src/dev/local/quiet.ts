/** Imported first: wrangler reads these when it starts. Without a network its look-ups would only fail, and be slow at it. */
const QUIET = {
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
  WRANGLER_SEND_METRICS: "false",
  WRANGLER_HIDE_BANNER: "true",
  WRANGLER_WRITE_LOGS: "false",
} as const;

for (const [name, value] of Object.entries(QUIET)) process.env[name] ??= value;
