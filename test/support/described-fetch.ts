import type { App } from "../../src/app.ts";
import { type Describer, describer } from "./described.ts";

const describers = new Map<string, Describer>();
const ofApps = new WeakMap<App, Describer>();

/** The describer of an app. Apps of one surface share it, since each checks a thousand answers. */
function describerOf(app: App): Describer {
  const known = ofApps.get(app);
  if (known) return known;
  const document = app.served.openApi();
  const text = JSON.stringify(document);
  const found = describers.get(text) ?? describer(document);
  describers.set(text, found);
  ofApps.set(app, found);
  return found;
}

/** Calls the app, and throws for an answer that its OpenAPI document does not have. */
export async function describedFetch(app: App, request: Request, execution: ExecutionContext): Promise<Response> {
  const described = describerOf(app);
  const isRead = request.method === "POST" && described.knows(request);
  const sent = isRead ? request.clone().text() : undefined;
  const response = await app.fetch(request, execution);
  const faults = await described.faults(request, response, await sent?.catch(() => undefined));
  if (faults.length === 0) return response;
  const body = (await response.clone().text()).slice(0, 600);
  throw new Error(
    `not as /openapi.json says: ${request.method} ${request.url} ${response.status}\n${faults.join("\n")}\n${body}`,
  );
}
