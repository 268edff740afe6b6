import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { signBody } from "../../src/dev/stripe-sandbox/client.ts";
import { unchanged } from "../support/database-state.ts";
import { describeInWorld } from "../support/describe-in-world.ts";
import { holds } from "../support/random.ts";
import { size } from "../support/size.ts";
import { tell } from "../support/tell.ts";
import { ORIGIN } from "../support/world.ts";

const SECRET = "whsec_test_sandbox_secret";
const OLD = "whsec_the_one_that_is_rotated_out";
const LIVE = "whsec_live_endpoint_secret";

describeInWorld("the verification of webhooks", {}, (world) => {
  let events = 0;
  beforeEach(() => world.restart());

  /** An event that changes nothing of the business, as Stripe writes it: indented, with text beyond ASCII. */
  function eventBody(change: Record<string, unknown> = {}): string {
    const event = {
      id: `evt_verification${++events}`,
      object: "event",
      api_version: "2026-10-28.endive",
      created: now(),
      livemode: false,
      type: "customer.updated",
      data: { object: { object: "customer", name: "Zoë 🎈" } },
      ...change,
    };
    return JSON.stringify(event, null, 2);
  }

  const now = () => Math.floor(world.clock.now() / 1000);

  async function post(body: string | Uint8Array, signature: string | null, method = "POST"): Promise<Response> {
    const headers: Record<string, string> = { "Content-Type": "application/json" };
    if (signature !== null) headers["Stripe-Signature"] = signature;
    const init = method === "GET" || method === "HEAD" ? {} : { body };
    return world.send(new Request(`${ORIGIN}/api/stripe/webhook`, { method, headers, ...init }));
  }

  const stored = async () => (await world.all("SELECT id FROM stripe_webhook_events")).length;

  test("a signature over the very bytes is taken", async () => {
    const body = eventBody();
    const before = await stored();
    const answer = await post(body, await signBody(body, SECRET, now()));
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ received: true, duplicate: false, status: "ignored" });
    expect(await stored()).toBe(before + 1);
  });

  describe("what does not verify is refused, and nothing of it is kept", () => {
    const forged: Record<string, (body: string) => Promise<[string | Uint8Array, string | null]>> = {
      "no signature": async (body) => [body, null],
      "an empty one": async (body) => [body, ""],
      "no time": async (body) => [body, (await signBody(body, SECRET, now())).replace(/^t=\d+,/, "")],
      "no v1": async (body) => [body, `t=${now()}`],
      "v0 in place of v1": async (body) => [body, (await signBody(body, SECRET, now())).replace("v1=", "v0=")],
      "another secret": async (body) => [body, await signBody(body, OLD, now())],
      "the secret without its prefix": async (body) => [body, await signBody(body, SECRET.slice(6), now())],
      "a truncated signature": async (body) => [body, (await signBody(body, SECRET, now())).slice(0, -2)],
      "a longer signature": async (body) => [body, `${await signBody(body, SECRET, now())}00`],
      "a signature in capitals": async (body) => {
        const [time, signature = ""] = (await signBody(body, SECRET, now())).split(",v1=");
        return [body, `${time},v1=${signature.toUpperCase()}`];
      },
      "a time that was not signed": async (body) => {
        const signed = await signBody(body, SECRET, now() - 3600);
        return [body, signed.replace(/t=\d+/, `t=${now()}`)];
      },
      "301 seconds old": async (body) => [body, await signBody(body, SECRET, now() - 302)],
      "years old": async (body) => [body, await signBody(body, SECRET, 1)],
      "written again by a JSON library": async (body) => {
        return [JSON.stringify(JSON.parse(body)), await signBody(body, SECRET, now())];
      },
      "one byte more": async (body) => [`${body} `, await signBody(body, SECRET, now())],
      "one byte less": async (body) => [body.slice(0, -1), await signBody(body, SECRET, now())],
      "a BOM before": async (body) => [`\ufeff${body}`, await signBody(body, SECRET, now())],
      "a byte that is no UTF-8": async (body) => {
        const bytes = new TextEncoder().encode(body);
        bytes[bytes.length - 3] = 0xff;
        return [bytes, await signBody(body, SECRET, now())];
      },
      "text in another normal form": async (body) => {
        return [body.replace("\u00eb", "e\u0308"), await signBody(body, SECRET, now())];
      },
      "an empty body": async (body) => ["", await signBody(body, SECRET, now())],
    };
    test.for(Object.entries(forged))("%s", async ([, forge], { task }) => {
      const [body, signature] = await forge(eventBody());
      const answer = await unchanged(world, () => post(body, signature));
      expect(answer.status).toBe(400);
      const text = await answer.text();
      expect(JSON.parse(text)).toMatchObject({ code: "invalid_input", field: "signature" });
      for (const secret of [SECRET, "Zo\u00eb", "evt_"]) expect(text).not.toContain(secret);
      tell(task, "S5", { counts: { "forged by hand, all refused": 1 } });
    });
  });

  test("a signature that is 290 seconds old is still taken, and so is a clock that runs ahead of ours", async () => {
    for (const at of [now() - 290, now() + 30]) {
      const body = eventBody();
      expect((await post(body, await signBody(body, SECRET, at))).status).toBe(200);
    }
  });

  test("several v1: one that holds is enough, wherever it stands", async () => {
    const wrong = "0".repeat(64);
    for (const place of ["first", "last"]) {
      const body = eventBody();
      const [time, right] = (await signBody(body, SECRET, now())).split(",");
      const signature =
        place === "first" ? `${time},${right},v1=${wrong},v0=${wrong}` : `${time},v1=${wrong},v1=${wrong},${right}`;
      expect((await post(body, signature)).status).toBe(200);
    }
    const body = eventBody();
    const answer = await unchanged(world, () => post(body, `t=${now()},v1=${wrong},v1=${wrong}`));
    expect(answer.status).toBe(400);
  });

  test("two secrets in rotation are both taken; once it is over, the old one is not", async () => {
    world.restart({ STRIPE_WEBHOOK_SECRET_SANDBOX: `${SECRET},${OLD}` });
    for (const secrets of [SECRET, OLD, `${OLD},${SECRET}`]) {
      const body = eventBody();
      expect((await post(body, await signBody(body, secrets, now()))).status).toBe(200);
    }
    world.restart();
    const body = eventBody();
    expect((await unchanged(world, async () => post(body, await signBody(body, OLD, now())))).status).toBe(400);
    world.restart({ STRIPE_WEBHOOK_SECRET_SANDBOX: undefined });
    expect((await unchanged(world, async () => post(body, await signBody(body, SECRET, now())))).status).toBe(400);
  });

  test("each mode's secret takes that mode's events only", async () => {
    world.restart({ STRIPE_WEBHOOK_SECRET_LIVE: LIVE });
    const object = { object: "checkout.session", client_reference_id: "checkout-intent-of-two-modes" };
    const cases = [
      [SECRET, false, "malformed_object"],
      [SECRET, true, "other_endpoint_mode"],
      [LIVE, true, "malformed_object"],
      [LIVE, false, "other_endpoint_mode"],
    ] as const;
    for (const [secret, livemode, error] of cases) {
      const body = eventBody({ type: "checkout.session.completed", livemode, data: { object } });
      const { id } = JSON.parse(body) as { id: string };
      const answer = await post(body, await signBody(body, secret, now()));
      expect([answer.status, await answer.json()]).toMatchObject([200, { status: "blocked" }]);
      expect(await world.all("SELECT error FROM stripe_webhook_events WHERE id = ?", id)).toEqual([{ error }]);
    }
  });

  /** HMAC-SHA256 in hex, beside the library that checks signatures. */
  async function hmac(secret: string, text: string): Promise<string> {
    const encoder = new TextEncoder();
    const algorithm = { name: "HMAC", hash: "SHA-256" };
    const key = await crypto.subtle.importKey("raw", encoder.encode(secret), algorithm, false, ["sign"]);
    const bytes = new Uint8Array(await crypto.subtle.sign("HMAC", key, encoder.encode(text)));
    return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  /** A header of one to four signatures by any secret over any body and time, each whole or spoilt. */
  const deliveries = fc.record({
    age: fc.constantFrom(-600, -30, 0, 1, 250, 298, 303, 900, 86_400),
    signatures: fc.array(
      fc.record({
        secret: fc.constantFrom(SECRET, SECRET, OLD, LIVE, "whsec_strangers", SECRET.slice(0, -1)),
        scheme: fc.constantFrom("v1", "v1", "v1", "v0", "V1"),
        over: fc.constantFrom("body", "body", "body", "body again written", "another time", "body and more"),
        spoilt: fc.constantFrom("", "", "", "short", "long", "flipped"),
      }),
      { minLength: 1, maxLength: 4 },
    ),
    livemode: fc.boolean(),
    rotation: fc.boolean(),
  });

  test("whatever a header is put together from, it is taken exactly when one of its v1 is right, in time, by a secret in use", async ({
    task,
  }) => {
    const count = { deliveries: 0, taken: 0, refused: 0, "wrong verdicts": 0 };
    const runs = size({ ci: 120, part: 2_500 });
    await holds("signatures", deliveries, { runs }, async ({ age, signatures, livemode, rotation }) => {
      world.restart({
        STRIPE_WEBHOOK_SECRET_LIVE: LIVE,
        ...(rotation && { STRIPE_WEBHOOK_SECRET_SANDBOX: `${SECRET},${OLD}` }),
      });
      const inUse = [SECRET, LIVE, ...(rotation ? [OLD] : [])];
      const body = eventBody({ livemode });
      const at = now() - age;
      const parts: string[] = [];
      let right = false;
      for (const { secret, scheme, over, spoilt } of signatures) {
        const signed = over === "another time" ? `${at + 1}.${body}` : `${at}.${over === "body" ? body : over}`;
        const hex = await hmac(secret, signed);
        const flipped = (hex[0] === "0" ? "1" : "0") + hex.slice(1);
        const written = { "": hex, short: hex.slice(0, -2), long: `${hex}00`, flipped }[spoilt] ?? hex;
        parts.push(`${scheme}=${written}`);
        right ||= scheme === "v1" && over === "body" && spoilt === "" && inUse.includes(secret);
      }
      const taken = right && age <= 300;
      const before = await stored();
      const answer = await post(body, `t=${at},${parts.join()}`);
      count.deliveries += 1;
      count[answer.status === 200 ? "taken" : "refused"] += 1;
      if ((answer.status === 200) !== taken) count["wrong verdicts"] += 1;
      expect(answer.status, `${parts.join()} ${age} s old`).toBe(taken ? 200 : 400);
      expect((await stored()) - before).toBe(taken ? 1 : 0);
    });
    expect(Math.min(count.taken, count.refused)).toBeGreaterThan(5);
    tell(task, "S5", { counts: count });
  }, 3_600_000);

  test("what is signed and no event is a bad body", async () => {
    for (const body of [
      "[]",
      "null",
      '"text"',
      "{",
      "{}",
      eventBody({ id: undefined }),
      eventBody({ id: "" }),
      eventBody({ id: "e".repeat(256) }),
      eventBody({ livemode: "false" }),
      eventBody({ type: 1 }),
      eventBody({ created: "yesterday" }),
      eventBody({ created: -1 }),
      eventBody({ created: 1.5 }),
      eventBody({ created: 1e15 }),
      eventBody({ id: "evt_\0" }),
      eventBody({ type: "customer.\ud800" }),
      eventBody({ api_version: "\0" }),
      eventBody({ data: { object: [] } }),
    ]) {
      const signature = await signBody(body, SECRET, now());
      const answer = await unchanged(world, () => post(body, signature));
      expect([body.slice(0, 20), answer.status]).toEqual([body.slice(0, 20), 400]);
      expect(await answer.json()).toMatchObject({ code: "invalid_input", field: "body" });
    }
  });

  test("a period that no calendar has is not the shape of a subscription", async () => {
    const item = { current_period_start: now(), current_period_end: 1e15 };
    const object = {
      object: "subscription",
      id: "sub_of_no_time",
      status: "active",
      livemode: false,
      cancel_at_period_end: false,
      metadata: { checkout_intent_id: "checkout-intent-of-no-time" },
      items: { data: [item] },
    };
    const body = eventBody({ type: "customer.subscription.updated", data: { object } });
    const answer = await post(body, await signBody(body, SECRET, now()));
    expect([answer.status, await answer.json()]).toMatchObject([200, { status: "blocked" }]);
  });

  test("a body beyond half a mebibyte is 413, whatever its signature; other methods are 405", async () => {
    const body = eventBody({ padding: "x".repeat(512 * 1024) });
    const signature = await signBody(body, SECRET, now());
    expect((await unchanged(world, () => post(body, signature))).status).toBe(413);
    const nearly = eventBody({ padding: "x".repeat(500 * 1024) });
    expect((await post(nearly, await signBody(nearly, SECRET, now()))).status).toBe(200);
    for (const method of ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"]) {
      const answer = await unchanged(world, () => post(body, signature, method));
      expect([method, answer.status, answer.headers.get("Allow")]).toEqual([method, 405, "POST"]);
    }
  });

  test("unknown types, other API versions, thin events and connected accounts are noted and change nothing", async () => {
    const object = { object: "checkout.session" };
    const cases: [Record<string, unknown>, string][] = [
      [{ type: "something.of.next.year" }, "ignored"],
      [{ type: "toString" }, "ignored"],
      [{ api_version: "2035-01-01.zinnia", type: "payout.paid" }, "ignored"],
      [{ api_version: null, type: "payout.paid" }, "ignored"],
      [{ account: "acct_1ConnectedAccount", type: "checkout.session.completed", data: { object } }, "ignored"],
      [
        {
          object: "v2.core.event",
          created: "2026-11-24T00:00:00.000Z",
          type: "v2.core.account.closed",
          data: undefined,
        },
        "ignored",
      ],
      [
        {
          object: "v2.core.event",
          created: "2026-11-24T00:00:00.000Z",
          type: "checkout.session.completed",
          data: undefined,
        },
        "ignored",
      ],
      [{ type: "checkout.session.completed", data: { object } }, "ignored"],
      [{ type: "checkout.session.completed", data: { object: { object: "invoice" } } }, "ignored"],
    ];
    for (const [change, status] of cases) {
      const body = eventBody(change);
      const answer = await post(body, await signBody(body, SECRET, now()));
      expect([change, answer.status, ((await answer.json()) as { status: string }).status]).toEqual([
        change,
        200,
        status,
      ]);
    }
    expect(await world.all("SELECT id FROM payment_audit_events")).toEqual([]);
  });

  test("the same id with another payload is a duplicate, and the first stays", async () => {
    const body = eventBody();
    const { id } = JSON.parse(body) as { id: string };
    await post(body, await signBody(body, SECRET, now()));
    const row = () => world.all("SELECT * FROM stripe_webhook_events WHERE id = ?", id);
    const first = await row();
    const other = eventBody({ id, type: "payout.paid" });
    const answer = await post(other, await signBody(other, SECRET, now()));
    expect(await answer.json()).toMatchObject({ duplicate: true });
    expect(await row()).toEqual(first);
    const kinds = await world.all("SELECT event_kind FROM payment_audit_events WHERE stripe_event_id = ?", id);
    expect(kinds).toEqual([{ event_kind: "stripe_event_contradicted" }]);
  });
});
