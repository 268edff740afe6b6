import { ROUTES } from "../../src/commerce/routes.ts";
import { READY_WRITES } from "../fuzz/ready-writes.ts";
import { announced, freshPdf } from "../support/asset-files.ts";
import { authorizeUrl, codeIn, discover, openBrowser, redeemCode, refresh, registerClient } from "../support/oauth.ts";
import { withoutPlans } from "../support/plans.ts";
import { click } from "../support/sale.ts";
import { confirmedUpload } from "../support/upload-story.ts";
import { BUYER, ORIGIN, OWNER, type World } from "../support/world.ts";
import type { Counter } from "./counter.ts";
import type { Place } from "./place.ts";
import { askerOf, pathsOf } from "./route-calls.ts";

/** Each route of the server, once; `ALL /*` are the checks before them. */
export function servedRoutes(world: World): readonly string[] {
  const names = world.app().served.routes.map(({ method, path }) => `${method} ${path.replace(/\{[^}]*\}+/g, "")}`);
  return [...new Set(names)].filter((name) => name !== "ALL /*");
}

/** Routes without a row. */
export const routesWithout = (world: World, rows: ReadonlyMap<string, unknown>): readonly string[] =>
  servedRoutes(world).filter(
    (route) => ![...rows.keys()].some((name) => name === `route ${route}` || name.startsWith(`route ${route} (`)),
  );

let keys = 0;

/**
 * Counts every route. A route that answers GET is asked for what the place has. A form is sent empty, as a stranger's page
 * could: it is refused; the forms, writes and uploads that people send are counted below, under a name that says so.
 */
export async function countRoutes(counter: Counter, real: World, place: Place): Promise<void> {
  const { measure, world } = counter;
  const paths = pathsOf(place);
  for (const route of servedRoutes(real)) {
    const [word = "", template = ""] = route.split(" ");
    const path = paths[template] ?? template;
    if (/[:*]/.test(path)) throw new Error(`${route}: fill its path in route-calls.ts`);
    const method = word === "ALL" ? "GET" : word;
    const asker = askerOf(path);
    const headers: Record<string, string> =
      asker === "bearer" ? { Authorization: `Bearer ${place.tokens.api}` } : cookieOf(place, asker);
    const init =
      method === "POST" ? { body: new URLSearchParams(), headers: { ...headers, Origin: ORIGIN } } : { headers };
    const what = method === "POST" ? " (empty)" : "";
    await measure(`route ${route}${what}`, () => world.fetch(path, { method, redirect: "manual", ...init }));
  }
  await countWrites(counter, real, place);
  await countSignIn(counter);
  await countOAuth(counter, real);
  await measure(`route POST ${ROUTES.clicks}`, () => click(world));
  await countUpload(counter, real, place);
}

function cookieOf({ browsers }: Place, asker: keyof Place["browsers"]): Record<string, string> {
  const cookie = [...browsers[asker].cookies].map((pair) => pair.join("=")).join("; ");
  return cookie ? { Cookie: cookie } : {};
}

/** Every write over HTTP: an agent's by its token, the owner's by their browser. */
async function countWrites({ measure, world }: Counter, real: World, place: Place): Promise<void> {
  for (const { write, actor, ready, open } of READY_WRITES) {
    await withoutPlans(real);
    const doors = await open({ ...real, ...world }, actor);
    const { input, ...envelope } = await ready(real, actor);
    const args = { ...input, ...envelope, idempotencyKey: `over-http-${write.name}-${++keys}` };
    const answer = await measure(`route ${write.route}`, () => doors.http(args));
    if (answer.code) throw new Error(`${write.name}: ${answer.text}`);
    await measure(`route ${write.route} (again)`, () => doors.http(args));
  }
  await measure("route GET /account/data (a second time)", () =>
    world.fetch("/account/data", { headers: cookieOf(place, "buyer") }),
  );
}

async function countSignIn({ measure, world }: Counter): Promise<void> {
  const browser = openBrowser(world.send, ORIGIN);
  const page = await browser.get("/sign-in");
  await measure("route POST /sign-in (a right password)", () => browser.submit(page.clone(), "/sign-in", { ...BUYER }));
  const guest = openBrowser(world.send, ORIGIN);
  const again = await guest.get("/sign-in");
  await measure("route POST /sign-in (a wrong password)", () =>
    guest.submit(again, "/sign-in", { email: BUYER.email, password: "not the password" }),
  );
  const account = await browser.get("/account");
  await measure("route POST /sign-out (signed in)", () => browser.submit(account, "/sign-out", {}));
}

/** From registration to a refreshed token, each step of it. */
async function countOAuth({ measure, world }: Counter, real: World): Promise<void> {
  const resource = `${ORIGIN}/mcp`;
  const server = await discover(real.send, resource);
  const redirectUri = "http://localhost:6543/callback";
  const clientId = await measure("route ALL /oauth/register (a client)", () =>
    registerClient(world.send, server, { redirectUri, clientName: "A client" }),
  );
  const attempt = await authorizeUrl(server, { clientId, redirectUri, scopes: ["checkout:write"], resource });
  const browser = openBrowser(world.send, ORIGIN);
  await browser.submit(await browser.get("/sign-in"), "/sign-in", { ...BUYER });
  const page = await measure("route GET /authorize (signed in)", () => browser.get(attempt.url));
  const consented = await measure("route POST /authorize (allowed)", () =>
    browser.submit(page, "/authorize", { decision: "allow", scope: ["checkout:write"] }),
  );
  const redemption = {
    ...codeIn(consented, attempt.state),
    clientId,
    redirectUri,
    verifier: attempt.verifier,
    resource,
  };
  const token = await measure("route ALL /oauth/token (a code)", () => redeemCode(world.send, server, redemption));
  await measure("route ALL /oauth/token (a refresh)", () => refresh(world.send, token));
}

/** A file by an upload link. */
async function countUpload({ measure, world }: Counter, real: World, place: Place): Promise<void> {
  const body = freshPdf();
  const { input, ...envelope } = await confirmedUpload(real, announced(body));
  const upload = READY_WRITES.find(({ write }) => write.name === "upload_product_asset");
  const doors = await upload?.open(real, OWNER);
  const answer = await doors?.http({ ...input, ...envelope, idempotencyKey: `by-link-${++keys}` });
  const { uploadUrl } = (answer?.body.result ?? {}) as { uploadUrl?: string };
  if (!uploadUrl) throw new Error(`${place.operation}: ${answer?.text}`);
  await measure(`route PUT ${ROUTES.uploads}/:token (a file)`, () =>
    world.fetch(uploadUrl, { method: "PUT", headers: { "Content-Type": "application/pdf" }, body }),
  );
}
