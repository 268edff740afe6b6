import {
  OAuthAuthorizationServer,
  OAuthResourceServer,
  type ValidatedAccessToken,
} from "@cloudflare/workers-oauth-provider";
import { type Plan, type PlannedCall, type Plans, planKey } from "./plan.ts";

interface Bindings {
  readonly DB: D1Database;
  readonly OAUTH_KV: KVNamespace;
  readonly PUBLIC_URL: string;
  readonly PLANS: Plans;
  /** "no": the statements are left out, which tells what they cost. */
  readonly RUNS_SQL: "yes" | "no";
}

/** The check of the token, by the library that ours uses, on the raw store. */
function openResource(publicUrl: string): OAuthResourceServer<Bindings, unknown> {
  const resource = `${publicUrl}/mcp`;
  const server = new OAuthAuthorizationServer<Bindings>({
    issuer: `${publicUrl}/oauth`,
    resources: [resource, `${publicUrl}/api`],
    defaultResource: resource,
    authorizeEndpoint: "/authorize",
    tokenEndpoint: "/oauth/token",
  });
  return new OAuthResourceServer<Bindings, unknown>({
    resourceMetadata: { resource, authorization_servers: [`${publicUrl}/oauth`], bearer_methods_supported: ["header"] },
    validateToken: (bindings) => (audience: string, token: string) =>
      server.validateToken(audience, token, bindings) as Promise<ValidatedAccessToken<unknown> | null>,
    handler: { fetch: (request, bindings) => play(request, bindings) },
  });
}

/** Runs the statements that our Worker ran for this call, with the same values, and answers the same bytes. */
async function play(request: Request, { DB, PLANS, RUNS_SQL }: Bindings): Promise<Response> {
  const call = (await request.json()) as PlannedCall;
  const planned = PLANS.plans[planKey(call)];
  if (planned === undefined) return new Response(`There is no plan for ${planKey(call)}`, { status: 500 });
  const { trips, answer } = JSON.parse(planned) as Plan;
  if (RUNS_SQL === "yes") {
    for (const trip of trips) {
      await DB.batch(trip.map(({ sql, values }) => DB.prepare(PLANS.statements[sql] ?? "").bind(...values)));
    }
  }
  return new Response(answer.body, { status: answer.status, headers: answer.headers as [string, string][] });
}

let resource: OAuthResourceServer<Bindings, unknown> | undefined;

/** The least that could answer as ours does: the same check of the token, the same SQL, the same bytes. */
export default {
  async fetch(request, bindings, execution) {
    resource ??= openResource(bindings.PUBLIC_URL);
    return resource.fetch(request, bindings, execution);
  },
} satisfies ExportedHandler<Bindings>;
