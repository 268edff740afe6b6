import { type App, createApp } from "./app.ts";
import type { Bindings } from "./env.ts";

let app: App | undefined;

export default {
  async fetch(request, bindings, execution) {
    app ??= createApp(bindings);
    return app.fetch(request, execution);
  },
  async scheduled(_controller, bindings) {
    app ??= createApp(bindings);
    await app.scheduled();
  },
} satisfies ExportedHandler<Bindings>;
