import { type App, createApp } from "./app.ts";
import { consoleLog } from "./base/log.ts";
import { type Bindings, UnusableSettings } from "./env.ts";

let app: App | undefined;

/** The app, built once per isolate; undefined, with the reason in the log, when the settings are unusable. */
function open(bindings: Bindings): App | undefined {
  try {
    app ??= createApp(bindings);
    return app;
  } catch (error) {
    if (!(error instanceof UnusableSettings)) throw error;
    consoleLog({ event: "internal", code: "settings_unusable", fault: error.message });
    return undefined;
  }
}

export default {
  async fetch(request, bindings, execution) {
    return (
      open(bindings)?.fetch(request, execution) ??
      new Response("This server is not set up: its log says which settings are wrong.\n", { status: 503 })
    );
  },
  async scheduled(_controller, bindings) {
    await open(bindings)?.scheduled();
  },
} satisfies ExportedHandler<Bindings>;
