/** Settings that wrangler reads at import, so this file is imported first. Without a network its requests would fail slowly. */
const QUIET = {
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
  WRANGLER_SEND_METRICS: "false",
  WRANGLER_HIDE_BANNER: "true",
  WRANGLER_WRITE_LOGS: "false",
} as const;

for (const [name, value] of Object.entries(QUIET)) process.env[name] ??= value;
