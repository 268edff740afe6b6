import Stripe from "stripe";
import { ROUTES } from "../../commerce/routes.ts";
import { HANDLED_EVENT_TYPES, type StripeMode } from "../../db/schema/vocabulary.ts";
import { differs, type Finding, missing, notLookedAt, ok } from "./finding.ts";
import type { Outside } from "./outside.ts";
import { envArgument, type Target } from "./target.ts";
import { commandText } from "./wrangler-answers.ts";

const ENDPOINTS = "https://api.stripe.com/v1/webhook_endpoints";

type Endpoint = Pick<Stripe.WebhookEndpoint, "id" | "url" | "api_version" | "enabled_events" | "status">;

/** Stripe's webhook endpoint of each mode in which this target sells: address, version, event types, on or off. */
export async function stripeFindings(target: Target, outside: Outside): Promise<readonly Finding[]> {
  return Promise.all(target.modes.map((mode) => endpointFinding(target, outside, mode)));
}

async function endpointFinding(target: Target, { fetch, env }: Outside, mode: StripeMode): Promise<Finding> {
  const what = `Stripe webhook ${mode}`;
  const variable = `STRIPE_SECRET_KEY_${mode.toUpperCase()}`;
  const key = env[variable];
  const look = `export ${variable}=… (a key with the right to read Webhook Endpoints; it stays on this machine), then the check again`;
  if (!key) return notLookedAt(what, { found: `${variable} is not in the environment`, fix: [look] });
  if (!new RegExp(`^[sr]k_${mode === "live" ? "live" : "test"}_`).test(key)) {
    return notLookedAt(what, { found: `${variable} in the environment is no key of the ${mode} mode`, fix: [look] });
  }
  let answer: Response;
  try {
    answer = await fetch(`${ENDPOINTS}?limit=100`, {
      headers: { Authorization: `Bearer ${key}`, "Stripe-Version": Stripe.API_VERSION },
    });
  } catch {
    return notLookedAt(what, { found: "api.stripe.com can't be reached from here", fix: [look] });
  }
  if (answer.status === 403) {
    const fix = [
      "Stripe's Dashboard, API keys (https://dashboard.stripe.com/apikeys), the key, Edit key: Webhook Endpoints, Read",
      look,
    ];
    return notLookedAt(what, { found: "the key may not read webhook endpoints", fix });
  }
  if (!answer.ok) return notLookedAt(what, { found: `Stripe answered ${answer.status} to the key`, fix: [look] });
  const { data } = (await answer.json()) as { data: readonly Endpoint[] };
  return compared(target, mode, data);
}

function compared(target: Target, mode: StripeMode, endpoints: readonly Endpoint[]): Finding {
  const what = `Stripe webhook ${mode}`;
  const url = `${target.publicUrl}${ROUTES.stripeWebhook}`;
  const here = endpoints.filter((endpoint) => endpoint.url === url);
  const wanted = `one enabled endpoint ${url}, API version ${Stripe.API_VERSION}, the ${HANDLED_EVENT_TYPES.length} event types that are handled`;
  const secret = `STRIPE_WEBHOOK_SECRET_${mode.toUpperCase()}`;
  const create = [
    createCommand(url, mode),
    `its answer has the signing secret ("secret": "whsec_…"): ${commandText(["secret", "put", secret, envArgument(target)])}`,
  ];
  const [endpoint, second] = here;
  if (!endpoint) return missing(what, { found: "no endpoint with this address", wanted, fix: create });
  if (second) {
    return differs(what, {
      found: `${here.length} endpoints with this address: each event comes ${here.length} times`,
      wanted,
      fix: [
        `Stripe's Dashboard, Webhooks (https://dashboard.stripe.com/webhooks): delete all but the one whose secret is ${secret}`,
      ],
    });
  }
  if (endpoint.api_version !== Stripe.API_VERSION) {
    return differs(what, {
      found: `API version ${endpoint.api_version ?? "of the account"}, which an endpoint keeps for good`,
      wanted,
      fix: [...create, `then ${remove(endpoint.id, mode)}`],
    });
  }
  const lacking = HANDLED_EVENT_TYPES.filter(
    (type) => !endpoint.enabled_events.includes(type) && !endpoint.enabled_events.includes("*"),
  );
  if (endpoint.status !== "enabled" || lacking.length > 0) {
    const faults = [
      ...(endpoint.status === "enabled" ? [] : [`it is ${endpoint.status}`]),
      ...(lacking.length > 0 ? [`without ${lacking.join(", ")}`] : []),
    ];
    return differs(what, { found: faults.join("; "), wanted, fix: [updateCommand(endpoint.id, mode)] });
  }
  const more = endpoint.enabled_events.filter((type) => !HANDLED_EVENT_TYPES.some((handled) => handled === type));
  const note = more.length > 0 ? `; ${more.join(", ")} too, which is recorded as ignored` : "";
  return ok(what, `${url}, ${endpoint.api_version}, ${HANDLED_EVENT_TYPES.length} event types${note}`);
}

const curlWithKey = (url: string, mode: StripeMode): string =>
  `curl ${url} -u "$STRIPE_SECRET_KEY_${mode.toUpperCase()}:"`;
const types = HANDLED_EVENT_TYPES.map((type) => `-d "enabled_events[]=${type}"`).join(" ");

/** The command that makes the webhook endpoint. Stripe's dashboard offers the account's own version and the newest alone. */
export const createCommand = (url: string, mode: StripeMode): string =>
  `${curlWithKey(ENDPOINTS, mode)} -d url=${url} -d api_version=${Stripe.API_VERSION} ${types}`;
const updateCommand = (id: string, mode: StripeMode): string =>
  `${curlWithKey(`${ENDPOINTS}/${id}`, mode)} -d disabled=false ${types}`;
const remove = (id: string, mode: StripeMode): string => `${curlWithKey(`${ENDPOINTS}/${id}`, mode)} -X DELETE`;
