/// <reference types="@cloudflare/vitest-plugin/types" />
import { applyD1Migrations, createExecutionContext, type D1Migration, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { resources } from "../../resources/index.ts";
import { type App, createApp } from "../../src/app.ts";
import { assertGrant, grantCheck } from "../../src/auth/grants.ts";
import { type Auth, createAuth } from "../../src/auth/index.ts";
import { openKeys } from "../../src/auth/keys.ts";
import { scopeUses } from "../../src/auth/scope-uses.ts";
import { createKeyring } from "../../src/base/keyring.ts";
import { createLimits } from "../../src/base/limits.ts";
import { Problem } from "../../src/base/problem.ts";
import { openSecrets } from "../../src/base/secrets.ts";
import type { Clock } from "../../src/base/time.ts";
import { RISK_WORDS } from "../../src/commerce/words.ts";
import { openDatabase } from "../../src/db/database.ts";
import { type Bindings, parseSettings } from "../../src/env.ts";
import { createMail } from "../../src/mail/create.ts";
import { writes } from "../../tools/index.ts";
import { describedFetch } from "../support/described-fetch.ts";
import { NOW } from "../support/now.ts";
import { openBrowser, type Send, signUp } from "../support/oauth.ts";
import { unlimited } from "../support/unlimited.ts";

export const ORIGIN = "https://app.test";
export const OWNER = { email: "owner@example.com", password: "owner password 1", name: "Olga Owner" };
export const BUYER = { email: "buyer@example.com", password: "buyer password 1", name: "Bert Buyer" };

/** The server, with two endpoints in place of the real doors that answer with the principal. */
export interface AuthServer {
  readonly auth: Auth;
  readonly send: Send;
  readonly clock: Clock & { set(time: number): void };
  readonly db: ReturnType<typeof openDatabase>;
  readonly store: KVNamespace;
  /** The database as the platform gives it, for looking at rows. */
  readonly d1: D1Database;
  /** The same server after the business went to another owner. */
  ownedBy(ownerUserId: string): Pick<AuthServer, "auth" | "send">;
}

/** A migrated database with a business, its owner and a buyer. */
export async function startAuth(): Promise<AuthServer> {
  const bindings = env as unknown as Bindings & { MIGRATIONS: D1Migration[] };
  await applyD1Migrations(bindings.DB, bindings.MIGRATIONS);
  const db = openDatabase(bindings.DB);
  let time = NOW;
  const clock = {
    now: () => time,
    set: (next: number) => {
      time = next;
    },
  };
  const ownedBy = (ownerUserId: string) => {
    const own = { ...bindings, ...unlimited, PUBLIC_URL: ORIGIN, BUSINESS_OWNER_USER_ID: ownerUserId };
    const settings = parseSettings(own);
    const log = () => undefined;
    const auth = createAuth({
      publicUrl: ORIGIN,
      ownerUserId,
      ownerNeedsFactor: settings.OWNER_SECOND_FACTOR === "required",
      db,
      tokenStore: bindings.OAUTH_KV,
      keys: openKeys(openSecrets(settings.SERVER_SECRET)),
      keyring: createKeyring(openSecrets(settings.SERVER_SECRET)),
      mail: createMail(settings, bindings.MAIL),
      scopeUses: scopeUses(writes, resources, RISK_WORDS),
      clientMetadataDocuments: settings.CLIENT_METADATA_DOCUMENTS === "on",
      clock,
      log,
      limits: createLimits({ bindings: unlimited, clock, note: async () => undefined }),
    });
    return { auth, send: sender(createApp(own, { clock, log }), auth, db) };
  };
  const { send } = ownedBy("nobody");
  for (const person of [OWNER, BUYER]) await signUp(openBrowser(send, ORIGIN), person);
  const owner = await bindings.DB.prepare("SELECT id FROM user WHERE email = ?").bind(OWNER.email).first<string>("id");
  if (!owner) throw new Error("the owner did not sign up");
  await bindings.DB.prepare(
    `INSERT INTO businesses (owner_user_id, name, confirmation_name, support_email, contact_path, updated_at)
      VALUES (?, 'Example & Sons', 'Example & Sons', 'help@example.com', '/contact', 0)`,
  )
    .bind(owner)
    .run();
  return { ...ownedBy(owner), ownedBy, clock, db, store: bindings.OAUTH_KV, d1: bindings.DB };
}

function sender(app: App, auth: Auth, db: ReturnType<typeof openDatabase>): Send {
  return async (request) => {
    const context = createExecutionContext();
    const answer = (await door(auth, db, request, context)) ?? (await describedFetch(app, request, context));
    await waitOnExecutionContext(context);
    return answer;
  };
}

/** What a door does with a request: the token, then the grant in its one read. */
async function door(auth: Auth, db: ReturnType<typeof openDatabase>, request: Request, context: ExecutionContext) {
  const { pathname } = new URL(request.url);
  if (pathname !== "/mcp" && !/^\/api(?!\/auth\/)/.test(pathname)) return undefined;
  const resource = pathname === "/mcp" ? "mcp" : "api";
  const principal = await auth.bearer(request, resource, context);
  if (principal instanceof Response) return principal;
  try {
    const { grant } = await db.read({ grant: grantCheck(db, principal.grantId, principal.userId) });
    assertGrant(grant, principal);
  } catch (error) {
    if (error instanceof Problem) return auth.invalidToken(request, resource, context);
    throw error;
  }
  return Response.json({ ...principal, scopes: [...principal.scopes] });
}

/** A call to one of the two resources. */
export function call(send: Send, url: string, accessToken?: string): Promise<Response> {
  return send(new Request(url, accessToken ? { headers: { Authorization: `Bearer ${accessToken}` } } : {}));
}
