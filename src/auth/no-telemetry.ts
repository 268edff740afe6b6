/** Stands in for better-auth's telemetry: this server sends none (see `[alias]` in wrangler.toml). */
export const createTelemetry = async () => ({ publish: async () => undefined });
export const getTelemetryAuthConfig = async () => ({});
