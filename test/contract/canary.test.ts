import { beforeAll, expect, test } from "vitest";
import { resources } from "../../resources/index.ts";
import { consolePages } from "../../src/console/index.ts";
import { tableDeclarations, type Visibility } from "../../src/db/schema/declare.ts";
import * as vocabulary from "../../src/db/schema/vocabulary.ts";
import { SCOPES } from "../../src/kernel/actor.ts";
import { readTools, writes } from "../../tools/index.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { bearerDoors } from "../support/doors.ts";
import { everyUri, idsOfTemplates } from "../support/every-resource.ts";
import { checkoutDoors, launchPassCall, resultOf, sessionBehind } from "../support/launch-pass.ts";
import { lowerProofs } from "../support/lowered-proofs.ts";
import { connect, connectV1 } from "../support/mcp.ts";
import { openBrowser, signIn } from "../support/oauth.ts";
import { tell } from "../support/tell.ts";
import { BUYER, ORIGIN, OWNER } from "../support/world.ts";

/**
 * Private columns whose values are public elsewhere. No answer may hold the value of another private column.
 */
const PUBLIC_ELSEWHERE: Readonly<Record<string, string>> = {
  "operations.confirmation_text": "the sentence is what the subject's resource publishes",
  "approvals.confirmation_text": "the sentence is what the subject's resource publishes",
  "affiliate_referral_clicks.utm_source": "part of the public link",
};

/** In the owner's menu of the apps that ordered, and in an order's link to the other orders of its app. */
const APP_OF_ORDERS = /^\/owner\/orders(\/[^/]+)?$/;

/**
 * Private values that only declared pages show: the owner's console, or the approval for the person that it asks.
 * Each place has the pages on which it may appear.
 */
const OWN_PAGES: Readonly<Record<string, RegExp>> = {
  "personal_notes.note_text": /^\/owner\/ledger\/[^/]+$/,
  "said: review": /^\/owner\/ledger\/[^/]+$/,
  "said: unapproved": /^\/approvals\/[^/]+$/,
  // The person of an operation, an order, an entitlement or a connection; and on the person's own consent page.
  "said: account":
    /^\/(owner|owner\/(operations|orders|tasks|clients|people)|owner\/(operations|orders|entitlements)\/[^/]+|authorize\?.*)$/,
  // The payer of an order, whom only the owner sees.
  "said: email": /^\/owner\/orders\/[^/]+$/,
  "checkout_intents.agent_client_id": APP_OF_ORDERS,
  "operations.client_id": APP_OF_ORDERS,
  "approvals.client_id": APP_OF_ORDERS,
  // In the form that ends the connection.
  "approvals.grant_id": /^\/(account|owner\/clients)$/,
  "operations.fingerprint": /^\/owner\/operations\/[^/]+\/receipt$/,
};

describeInWorld("the canary", { story: true }, (world) => {
  /** Place by canary. */
  const canaries = new Map<string, string>();
  /** Columns in which the schema refuses a planted text: references, closed sets, the audit. Their own values are searched for. */
  const unplantable: string[] = [];

  beforeAll(async () => {
    world.recorded = [];
  });

  test("nothing private is in any answer, page, error or log of the whole story", async ({ task }) => {
    const { bindings } = world;
    for (const name of ["SERVER_SECRET", "STRIPE_SECRET_KEY_SANDBOX", "STRIPE_WEBHOOK_SECRET_SANDBOX"]) {
      canaries.set(String(bindings[name]), name);
    }
    // Private texts of callers and buyers, by the field that carries each.
    const said = {
      key: "canary-idempotency-key-5f1d",
      visitor: "canary-visitor-key-77aa",
      agent: "Canary-Agent/9.31 (c4n4ry)",
      referrer: "https://canary-referrer.example/secret-page",
      email: "canary.buyer@private-mail.example",
      review: "Canary reason of a review, 81cc",
      revocation: "Canary reason of a removal, 4f0a",
      unapproved: "Canary reason that waits for approval, c3d2",
      account: BUYER.email,
    };
    for (const [what, value] of Object.entries(said)) canaries.set(value, `said: ${what}`);

    await story(said);
    await collect("as the code writes it");
    await readEverything();
    const before = world.recorded?.length ?? 0;
    await plant();
    // An isolate that has kept no public document from before.
    world.restart();
    world.quiet = true;
    await readEverything();
    world.quiet = false;

    const answers = world.recorded ?? [];
    expect(before).toBeGreaterThan(80);
    expect(answers.length).toBeGreaterThan(before + 60);
    expect(canaries.size).toBeGreaterThan(100);
    const leaks = [...answers, ...world.log.map((line) => `log ${JSON.stringify(line)}`)].flatMap(leaksIn);
    expect([...new Set(leaks)]).toEqual([]);
    const bytes = answers.reduce((sum, answer) => sum + answer.length, 0);
    tell(task, "S1", {
      counts: {
        canaries: canaries.size,
        "private places": new Set(canaries.values()).size,
        answers: answers.length,
        "characters searched": bytes,
        "log lines": world.log.length,
        hits: leaks.length,
      },
    });
    console.info(
      `${canaries.size} canaries in ${new Set(canaries.values()).size} places, ${answers.length} answers, ${bytes} characters, ${world.log.length} log lines: 0 hits; ${unplantable.length} columns sought by their own values`,
    );
  });

  test("the search finds a canary in every form", () => {
    const [canary = ""] = canaries.keys();
    const bytes = new TextEncoder().encode(canary);
    const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    for (const hidden of [
      canary,
      canary.toUpperCase(),
      encodeURIComponent(canary),
      hex,
      hex.toUpperCase(),
      btoa(canary),
      btoa(`x${canary}`),
      btoa(`xy${canary}z`),
      btoa(canary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", ""),
      "cs_test_a1QVtZyXwUiPaSdF",
      "the pi_3MtwBwLkdIwHu7ix28a3tqPa in prose",
      "sk_test_000000000000000000000000",
    ]) {
      expect(leaksIn(`GET ${ORIGIN}/\n200\n\n{"text":"${hidden}"}`), hidden).not.toEqual([]);
    }
    expect(leaksIn(`GET ${ORIGIN}/\n200\n\n{"text":"checkout-intent-1 and a price of 9.00 USD"}`)).toEqual([]);
  });

  /** A click, a purchase with every refusal on the way, a payment, and events that fail. */
  async function story(said: Record<string, string>): Promise<void> {
    const [link] = await world.all<{ code: string; destination_route: string }>(
      "SELECT code, destination_route FROM referral_links WHERE sandbox_attribution = 1",
    );
    const click = await world.fetch("/api/affiliates/clicks", {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        "User-Agent": said.agent ?? "",
        Referer: said.referrer ?? "",
        "CF-Connecting-IP": "203.0.113.77",
      },
      body: JSON.stringify({
        code: link?.code,
        destinationRoute: link?.destination_route,
        idempotencyKey: `${said.key}-click`,
        anonymousVisitorKey: said.visitor,
      }),
    });
    const { referralClickId } = (await click.json()) as { referralClickId: string };
    const doors = await checkoutDoors(world, BUYER);
    const call = { ...(await launchPassCall(world, { bump: true })), idempotencyKey: said.key, referralClickId };
    for (const wrong of [
      { confirmationText: "no" },
      { confirmationText: undefined },
      { expectedUpdatedAt: "2020-01-01T00:00:00.000Z" },
      { offerId: "none" },
      { extra: 1 },
    ]) {
      await doors.mcp({ ...call, ...wrong });
      await doors.http({ ...call, ...wrong });
    }
    world.quiet = true;
    world.database.lose({ 1: "before" });
    await doors.http(call);
    world.database.lose({ 2: "after" });
    await doors.http(call);
    world.database.reset();
    world.quiet = false;
    const started = resultOf(await doors.mcp(call));
    await doors.http(call);
    await doors.http({ ...call, orderBumpIds: [] });
    const session = await sessionBehind(world, started);
    await world.fetch(session.cancel_url ?? "");
    await world.fetch(session.success_url ?? "");
    await world.sandbox.pay(session.id, "paid", said.email);
    for (const delivery of await world.sandbox.deliveries({ pending: true })) {
      await world.post({ ...delivery, signature: "t=1,v1=0" });
      await world.post(delivery);
      await world.post(delivery);
    }
    await world.fetch(session.success_url ?? "");
    await world.fetch(started.checkoutUrl);
    await ownersStory(said);
  }

  /** The owner reviews, notes a removal, and is asked for another review, each with a reason of its own. */
  async function ownersStory(said: Record<string, string>): Promise<void> {
    await lowerProofs(world);
    const client = await connect({
      send: world.send,
      url: `${ORIGIN}/mcp`,
      token: await world.token(OWNER, "mcp", [...SCOPES]),
    });
    const subject = async (list: string) => {
      const [first] = (await read(client, list)).items as { id: string }[];
      return read(client, `${list}/${encodeURIComponent(first?.id ?? "")}`);
    };
    const review = async (more: object) => {
      const { id, updatedAt, confirmationText } = await subject("commerce://ledger-entries");
      const shared = { commissionLedgerId: id, actionKind: "hold_for_review", expectedUpdatedAt: updatedAt };
      return client.callTool({
        name: "review_commission_evidence",
        arguments: { ...shared, confirmationText, ...more } as Record<string, unknown>,
      });
    };
    const { id, updatedAt, confirmationText } = await subject("commerce://entitlements");
    const answers = [
      await review({ idempotencyKey: "canary-review", reason: said.review }),
      await client.callTool({
        name: "record_revocation_intent",
        arguments: {
          entitlementId: id,
          reasonCode: "customer_request",
          reason: said.revocation,
          expectedUpdatedAt: updatedAt,
          confirmationText,
          idempotencyKey: "canary-removal",
        },
      }),
    ];
    for (const { isError, content } of answers) expect(isError, JSON.stringify(content)).toBeUndefined();
    const waiting = await review({
      idempotencyKey: "canary-waits",
      reason: said.unapproved,
      confirmationText: undefined,
    });
    expect(JSON.stringify(waiting.content)).toContain("approval_required");
  }

  async function read(client: Awaited<ReturnType<typeof connect>>, uri: string): Promise<Record<string, unknown>> {
    const { content } = await client.callTool({ name: "read_commerce", arguments: { uri } });
    return (JSON.parse((content as { text: string }[])[0]?.text ?? "{}") as { content: Record<string, unknown> })
      .content;
  }

  /** Adds every stored private value as a canary, except one that a public column or a vocabulary has too. */
  async function collect(when: string): Promise<void> {
    const said = [...Object.values(vocabulary).flat(), ...(await valuesOf("public"))].join("\n").toLowerCase();
    for (const { name, visibility } of tableDeclarations()) {
      for (const [column, seen] of visibility) {
        const place = `${name}.${column}`;
        if (seen !== "private" || place in PUBLIC_ELSEWHERE) continue;
        for (const value of await valuesIn(name, column)) {
          if (!said.includes(value.toLowerCase())) canaries.set(value, `${place}, ${when}`);
        }
      }
    }
  }

  async function valuesOf(wanted: Visibility): Promise<string[]> {
    const values: string[] = [];
    for (const { name, visibility } of tableDeclarations()) {
      for (const [column, seen] of visibility) if (seen === wanted) values.push(...(await valuesIn(name, column)));
    }
    return values;
  }

  /** The texts in a column that are long enough for a search. */
  async function valuesIn(table: string, column: string): Promise<string[]> {
    const rows = await world.all<{ value: string }>(
      `SELECT DISTINCT "${column}" AS value FROM "${table}" WHERE typeof("${column}") = 'text' AND length("${column}") > 7`,
    );
    return rows.map(({ value }) => value);
  }

  /** Writes a canary of its own into every private text column of every row where the schema lets it stand. */
  async function plant(): Promise<void> {
    for (const { name, visibility } of tableDeclarations()) {
      for (const [column, seen] of visibility) {
        if (seen !== "private") continue;
        const place = `${name}.${column}`;
        const canary = `canary-${name}-${column}`;
        const planted = column.endsWith("_json") ? `json_object('note', '${canary}')` : `'${canary}'`;
        const { results } = await world.db.prepare(`SELECT count(*) AS rows FROM "${name}"`).all<{ rows: number }>();
        if (results[0]?.rows === 0) continue;
        const done = await world.db
          .prepare(`UPDATE "${name}" SET "${column}" = ${planted}`)
          .run()
          .catch(() => undefined);
        if (done) canaries.set(canary, `${place}, planted`);
        else unplantable.push(place);
      }
    }
  }

  /** Reads every resource and page as the owner, as the buyer and signed out; calls every tool without and with wrong arguments. */
  async function readEverything(): Promise<void> {
    const ids = await idsOfTemplates(world);
    const templates = resources.map(({ uri }) => uri).filter((uri) => uri.includes("{"));
    expect(Object.keys(ids).sort()).toEqual([...templates].sort());
    const uris = everyUri(ids);
    const owner = await world.token(OWNER, "mcp", [...SCOPES]);
    const buyer = await world.token(BUYER, "mcp");
    const mcp = { send: world.send, url: `${ORIGIN}/mcp` };
    for (const client of [
      await connect({ ...mcp, token: owner }),
      await connectV1({ ...mcp, token: buyer }),
      await connect({ send: world.send, url: `${ORIGIN}/mcp/public` }),
    ]) {
      await client.listTools();
      await client.listResources();
      await client.listResourceTemplates();
      for (const uri of [...uris, "commerce://nothing", "commerce://checkouts?cursor=abc"]) {
        await client.readResource({ uri }).catch(() => undefined);
      }
      for (const { name } of [...writes, ...readTools]) {
        await client.callTool({ name, arguments: {} }).catch(() => undefined);
        await client
          .callTool({ name, arguments: { uri: uris[0], idempotencyKey: "x", operationId: 1 } })
          .catch(() => undefined);
      }
    }
    for (const uri of uris) {
      const client = await connect({ ...mcp, token: owner });
      await client.callTool({ name: "read_commerce", arguments: { uri } }).catch(() => undefined);
    }
    const api = await world.token(BUYER, "api");
    for (const id of ids["commerce://operations/{operationId}"] ?? []) {
      await world.fetch(`/api/operations/${id}`, { headers: { Authorization: `Bearer ${api}` } });
    }
    const guest = openBrowser(world.send, ORIGIN);
    const signedIn = openBrowser(world.send, ORIGIN);
    await signIn(signedIn, OWNER);
    const stranger = openBrowser(world.send, ORIGIN);
    await signIn(stranger, BUYER);
    for (const path of [
      "/",
      "/health",
      "/commerce/source-data",
      "/affiliates/source-data",
      "/offers",
      "/pricing",
      "/sign-in",
      "/owner",
      "/account",
      "/nowhere",
      "/api/commerce/checkout",
      "/commerce/checkout/success/abc",
      "/.well-known/oauth-authorization-server/oauth",
    ]) {
      await guest.get(path);
      await signedIn.get(path);
    }
    // Every route that is served, to one who is signed out.
    const served = world.app().served.routes.filter(({ method, path }) => method === "GET" && path !== "/*");
    const filled = served.map(({ path }) => path.replace(/\{[^}]*\}/g, "").replace(/:\w+/g, "absent"));
    for (const path of new Set(filled)) await guest.get(path);
    for (const path of await ownPages()) {
      const answer = await signedIn.get(path);
      // A planted text can break the reference of a row to its business, so some pages are 404.
      if (world.quiet) continue;
      expect([path, answer.status]).toEqual([path, path === "/owner/find" ? 303 : 200]);
      await guest.get(path);
      // The owner's values appear in the owner's answers only.
      const hidden = await stranger.get(path);
      expect([path, hidden.status]).toEqual([path, 404]);
    }
    for (const write of writes) {
      const path = write.route.slice("POST ".length);
      await world.fetch(path, { method: "POST", body: "{" });
      if (path.startsWith("/api/admin/")) continue;
      const doors = await bearerDoors(world, write, BUYER, ["checkout:write", "affiliates:write"]);
      await doors.http({ idempotencyKey: "canary-none" });
    }
  }

  /** The pages of the console for every row, and the approvals that ask the owner. */
  async function ownPages(): Promise<string[]> {
    const rows = async (sql: string) => (await world.all<{ at: string }>(sql)).map(({ at }) => at);
    const ids: Record<string, string[]> = {
      "/owner/ledger/:id": await rows("SELECT id AS at FROM affiliate_commission_ledger_entries"),
      "/owner/orders/:id": await rows("SELECT id AS at FROM checkout_intents"),
      "/owner/entitlements/:id": await rows("SELECT id AS at FROM product_entitlements"),
      "/owner/operations/:id": await rows("SELECT id AS at FROM operations UNION SELECT operation_id FROM approvals"),
      "/owner/assets/:productId/:assetId": await rows(
        "SELECT product_id || '/' || asset_id AS at FROM catalog_assets WHERE kind = 'file'",
      ),
    };
    const console = consolePages.flatMap(({ path }) =>
      path.includes(":") ? (ids[path] ?? ["absent"]).map((id) => path.replace(/:.*$/, id)) : [path],
    );
    const receipts = await rows("SELECT id AS at FROM operations WHERE status = 'succeeded' LIMIT 1");
    const asked = await rows("SELECT '/approvals/' || id AS at FROM approvals WHERE idempotency_key = 'canary-waits'");
    return [...console, ...asked, ...receipts.map((id) => `/owner/operations/${id}/receipt`)];
  }

  const PROVIDER = /(?<![A-Za-z0-9])(?:cs|pi|cus|sub|evt|ch|sk|rk|whsec)_[A-Za-z0-9_]{12,}/g;

  /** The places whose canaries an answer holds, in any form, and every id of the provider in it. */
  function leaksIn(answer: string): string[] {
    const [line = ""] = answer.split("\n");
    // The redirect must name Stripe's page: the buyer's browser goes there.
    const redirect = /\/api\/commerce\/checkout\/redirect\//.test(line) && /\n303\n/.test(answer.slice(0, 400));
    const text = redirect ? answer.replace(/^location: .*$/im, "") : answer;
    const sought = text.slice(line.length).toLowerCase();
    // A client learns its own id when it registers, and its token holds that of its grant.
    const ownToOAuth = /app\.test\/(oauth\/|authorize)/.test(line);
    const found = [...canaries].filter(
      ([canary, place]) =>
        !(ownToOAuth && /\.(client_id|agent_client_id|grant_id)\b/.test(place)) &&
        !isOwn(place, line) &&
        formsOf(canary).some((form) => sought.includes(form)),
    );
    return [
      ...found.map(([, place]) => `${place} in ${line}`),
      ...Array.from(text.slice(line.length).matchAll(PROVIDER), ([value]) => `${value} in ${line}`),
    ];
  }

  /** True when the place is declared for the page of this answer. */
  function isOwn(place: string, line: string): boolean {
    const pages = OWN_PAGES[place.replace(/, .*/, "")];
    return pages?.test(line.replace(`GET ${ORIGIN}`, "")) ?? false;
  }

  const forms = new Map<string, string[]>();

  /** The forms of a text: plain, URL-encoded, hex, and base64 at each of the three offsets; all in lower case. */
  function formsOf(text: string): string[] {
    const made = forms.get(text) ?? makeForms(text);
    forms.set(text, made);
    return made;
  }

  function makeForms(text: string): string[] {
    const bytes = new TextEncoder().encode(text);
    const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    const base64 = [0, 1, 2].map((offset) => {
      const shifted = btoa(String.fromCharCode(...new Uint8Array(offset), ...bytes));
      // The characters at both ends depend on the neighbouring bytes.
      return shifted.slice(offset === 0 ? 0 : 4, -4);
    });
    const urls = base64.map((form) => form.replaceAll("+", "-").replaceAll("/", "_"));
    return [text, encodeURIComponent(text), hex, ...base64, ...urls]
      .filter((form) => form.length > 5)
      .map((form) => form.toLowerCase());
  }
});
