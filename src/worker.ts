import { type App, createApp } from "./app.ts";
import type { Bindings } from "./env.ts";

let app: App | undefined;

export default {
  async fetch(request, bindings, execution) {
    app ??= createApp(bindings);
    return app.fetch(request, execution);
  },
} satisfies ExportedHandler<Bindings>;
