import { version } from "../package.json";
import { resources as declaredResources } from "../resources/index.ts";
import { writes as declaredWrites, readTools } from "../tools/index.ts";
import { openHeadStore } from "./audit/head-store.ts";
import { sealAudit } from "./audit/seal-audit.ts";
import { createAuth } from "./auth/index.ts";
import { openKeys } from "./auth/keys.ts";
import { scopeUses } from "./auth/scope-uses.ts";
import { ACCOUNT_BOUNDS, type AccountBounds } from "./base/bounds.ts";
import { type Ids, randomIds } from "./base/ids.ts";
import { createKeyring } from "./base/keyring.ts";
import { createLimits } from "./base/limits.ts";
import { consoleLog, type Log } from "./base/log.ts";
import { openSecrets } from "./base/secrets.ts";
import { type Clock, systemClock } from "./base/time.ts";
import { sweepUploads } from "./commerce/assets/sweep-uploads.ts";
import { heal } from "./commerce/heal/heal.ts";
import { sendAfterCommit } from "./commerce/mails/send-mails.ts";
import { RISK_WORDS } from "./commerce/words.ts";
import { noteBoundMet } from "./db/bounds-met.ts";
import { openDatabase } from "./db/database.ts";
import { queuesMail } from "./db/mail-outbox.ts";
import { type Bindings, parseSettings } from "./env.ts";
import { createRouter } from "./http/router.ts";
import { obstaclesTo } from "./kernel/approval-obstacles.ts";
import { openAssetStore } from "./kernel/asset-store.ts";
import type { Context } from "./kernel/context.ts";
import { usedOf, usedWrites } from "./kernel/parts.ts";
import { createPublicReader } from "./kernel/public-document.ts";
import { readResource } from "./kernel/resource.ts";
import { createMail } from "./mail/create.ts";
import { createMcpDoor } from "./mcp/door.ts";
import { openSigningKeys } from "./signing/keys.ts";
import { createStripe } from "./stripe/client.ts";
import { noteRefusal } from "./stripe/note-refusal.ts";

/** Pages that a search for a lost session reads at most while a caller waits. */
const PAGES_IN_A_CALL = 5;

/** The two entry points of the Worker. */
export interface App {
  fetch(request: Request, execution: ExecutionContext): Promise<Response>;
  /** The scheduled run: finishes what was left unfinished. Two may run at once. */
  scheduled(): Promise<void>;
  /** What is served, for checks: each route, and the OpenAPI document of those for programs. */
  readonly served: Pick<ReturnType<typeof createRouter>, "routes" | "openApi">;
}

/**
 * Wires the server once per isolate: settings, clients, context, doors. Throws `UnusableSettings` for a missing or wrong
 * setting; one of Stripe's disables its mode and is noted in the log. Tests bring their own clock, ids and log, a time-out
 * that a busy machine does not reach, and wider bounds for the one account that does the work of many.
 */
export function createApp(
  bindings: Bindings,
  own: { clock?: Clock; ids?: Ids; log?: Log; stripeTimeoutMs?: number; accountBounds?: AccountBounds } = {},
): App {
  const settings = parseSettings(bindings);
  const clock = own.clock ?? systemClock;
  const log = own.log ?? consoleLog;
  for (const { setting, rule } of settings.stripe.faults) {
    log({ event: "internal", name: setting, code: "setting_unusable", fault: rule });
  }
  const writes = usedWrites(declaredWrites, settings.BUSINESS_PARTS);
  const resources = usedOf(declaredResources, settings.BUSINESS_PARTS);
  // Of the isolate: the request that ends next sends what any request queued.
  let mailIsQueued = false;
  const db = openDatabase(bindings.DB, (statements) => {
    mailIsQueued ||= statements.some(queuesMail);
  });
  const mail = createMail(settings, bindings.MAIL);
  const secrets = openSecrets(settings.SERVER_SECRET);
  const business = { db, ownerUserId: settings.BUSINESS_OWNER_USER_ID };
  const limits = createLimits({
    bindings,
    clock,
    note: (bound) => db.commit([noteBoundMet(business, bound, clock.now())]),
  });
  const ctx: Context = {
    ...business,
    publicUrl: settings.PUBLIC_URL,
    parts: settings.BUSINESS_PARTS,
    clock,
    ids: own.ids ?? randomIds,
    keyring: createKeyring(secrets),
    stripe: createStripe(
      settings.stripe,
      { pagesToSearch: PAGES_IN_A_CALL, sent: () => undefined, refused: (refusal) => noteRefusal(refusal, ctx) },
      secrets.hash("stripe key"),
      own.stripeTimeoutMs,
    ),
    assets: openAssetStore(bindings.PRODUCT_ASSETS),
    maxMode: settings.STRIPE_MAX_MODE ?? null,
    accountBounds: own.accountBounds ?? ACCOUNT_BOUNDS,
    mail,
    log,
    limits,
    findWrite: (name) => declaredWrites.find((write) => write.name === name),
    obstaclesTo: (waiting) => obstaclesTo(waiting, writes, ctx),
    readResource: (uri, actor) => readResource(resources, uri, actor, ctx),
    readPublic: (uri) => readPublic(uri),
  };
  const readPublic = createPublicReader(resources, ctx);
  const signingKeys = openSigningKeys(secrets, settings.RECEIPT_RETIRED_KEYS);
  const heads = openHeadStore(bindings.PRODUCT_ASSETS);
  const seal = (counted: Context) => sealAudit(signingKeys, heads, counted);
  const auth = createAuth({
    publicUrl: ctx.publicUrl,
    ownerUserId: ctx.ownerUserId,
    ownerNeedsFactor: settings.OWNER_SECOND_FACTOR === "required",
    db,
    tokenStore: bindings.OAUTH_KV,
    keys: openKeys(secrets),
    keyring: ctx.keyring,
    mail,
    scopeUses: scopeUses(writes, resources, RISK_WORDS),
    clientMetadataDocuments: settings.CLIENT_METADATA_DOCUMENTS === "on",
    clock,
    log,
    limits,
  });
  const mcp = createMcpDoor({ writes, readTools, resources, ctx, version }, auth);
  const { fetch, ...served } = createRouter({ auth, ctx, writes, signingKeys }, mcp, version);
  return {
    async fetch(request, execution) {
      const answer = await fetch(request, execution);
      if (mail && mailIsQueued) {
        mailIsQueued = false;
        execution.waitUntil(sendAfterCommit(ctx));
      }
      return answer;
    },
    served,
    async scheduled() {
      // What was begun is finished, also where its part is no longer used. Both run to their end, even when one fails.
      const [healed, swept] = await Promise.allSettled([heal(declaredWrites, seal, ctx), sweepUploads(ctx)]);
      for (const part of [healed, swept]) if (part.status === "rejected") throw part.reason;
    },
  };
}
