import type * as z from "zod";
import type { ConnectedClient } from "../auth/connected-clients.ts";
import { signedOut } from "../auth/session-actor.ts";
import { type ListPosition, PAGE_SIZE, pageOf } from "../base/list.ts";
import { orderNumberOf } from "../base/order-number.ts";
import { isoTime } from "../base/time.ts";
import { confirmationsForData, DATA_PAGE, ordersForData, partsOfOrders } from "../db/account-data.ts";
import type { Query } from "../db/database.ts";
import { ifJoined } from "../db/joined.ts";
import { plansBought } from "../db/subscriptions.ts";
import type { Context } from "../kernel/context.ts";
import type { Endpoint } from "../kernel/endpoint.ts";
import type { Site } from "../site.ts";
import { type appShape, type confirmationShape, dataShape, type orderShape, type planShape } from "./data-shape.ts";
import { assertionPath } from "./paths.ts";

/** Parts that one download reads of a list at most: 20,000 orders, within what one request may ask of D1. */
const MOST_PARTS = 100;

/** The description of `GET /account/data`. */
export const accountDataEndpoint: Endpoint = {
  id: "account_data",
  method: "get",
  path: "/account/data",
  title: "One's own data",
  description: "What this server has of the signed-in person, as the account page shows it. It holds no secret.",
  group: "Reading",
  caller: "person",
  answers: {
    200: {
      means: "The data",
      body: { mediaType: "application/json", name: "AccountData", shape: dataShape },
      headers: { always: ["Content-Disposition"] },
    },
  },
  refusals: [],
};

/** `GET /account/data`: a person's data as a file. It is written part by part, so that many orders need little memory. */
export async function serveAccountData(request: Request, { auth, ctx }: Site): Promise<Response> {
  const person = await auth.session(request);
  if (!person) throw signedOut({ isOwner: false });
  await ctx.limits.actor(person.userId);
  const { name, email, emailVerified } = person;
  const account = {
    name,
    email,
    emailVerified,
    secondFactor: await auth.hasSecondFactor(person.userId),
    passkeys: (await auth.passkeys(person.userId)).map((passkey) => ({
      name: passkey.name,
      createdAt: isoTime(passkey.createdAt),
      lastUsedAt: timeOrNull(passkey.lastUsedAt),
      synced: passkey.backedUp === 1,
    })),
  };
  const connectedApps = (await auth.listGrants(person.userId)).map(appPart);
  const lists = [
    ["plans", partsOf((after) => plansBought(ctx, person.userId, after), planPart, placeOfPlan, PAGE_SIZE, ctx)],
    ["orders", partsOf((after) => ordersForData(ctx, person.userId, after), orderPart, placeOf, DATA_PAGE, ctx)],
    [
      "confirmations",
      partsOf((after) => confirmationsForData(ctx, person.userId, after), confirmationPart, placeOf, DATA_PAGE, ctx),
    ],
  ] as const;
  return new Response(streamOf(written({ account, connectedApps }, lists)), {
    headers: {
      "Content-Type": "application/json",
      "Content-Disposition": 'attachment; filename="your-data.json"',
      "Cache-Control": "no-store",
      "X-Content-Type-Options": "nosniff",
    },
  });
}

function appPart({ clientName, resource, scopes, since, limits: set }: ConnectedClient): z.input<typeof appShape> {
  return {
    name: clientName,
    resource,
    scopes: [...scopes],
    since: isoTime(since),
    limits: set
      ? {
          mostCents: set.mostCents,
          currency: set.currency,
          checkoutsIn24Hours: set.mostADay,
          actsAloneUntil: timeOrNull(set.endsAt),
        }
      : null,
  };
}

/** The items of a list part by part; the last value says whether all of them were read. */
type Parts = AsyncGenerator<readonly unknown[], boolean>;

async function* partsOf<Row>(
  query: (after: ListPosition | undefined) => Query<Row[]>,
  part: (rows: readonly Row[], ctx: Context) => Promise<readonly unknown[]>,
  place: (row: Row) => ListPosition,
  size: number,
  ctx: Context,
): Parts {
  let after: ListPosition | undefined;
  for (let read = 0; read < MOST_PARTS; read++) {
    const { rows } = await ctx.db.read({ rows: query(after) });
    const { page, last } = pageOf(rows, place, size);
    yield await part(page, ctx);
    if (!last) return true;
    after = last;
  }
  return false;
}

/** The document as text: what is known at once, then each list as it is read. */
async function* written(head: object, lists: readonly (readonly [string, Parts])[]): AsyncGenerator<string> {
  yield JSON.stringify(head).slice(0, -1);
  let complete = true;
  for (const [name, parts] of lists) {
    yield `,${JSON.stringify(name)}:[`;
    let before = "";
    for (let next = await parts.next(); ; next = await parts.next()) {
      if (next.done) {
        complete &&= next.value;
        break;
      }
      if (next.value.length === 0) continue;
      yield before + next.value.map((item) => JSON.stringify(item)).join(",");
      before = ",";
    }
    yield "]";
  }
  yield `,"complete":${complete}}`;
}

function streamOf(texts: AsyncGenerator<string>): ReadableStream<Uint8Array> {
  const utf8 = new TextEncoder();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await texts.next();
      if (done) controller.close();
      else controller.enqueue(utf8.encode(value));
    },
  });
}

type Bought = Awaited<ReturnType<typeof plansBought>>[number];
type OrderRow = Awaited<ReturnType<typeof ordersForData>>[number];
type ConfirmationRow = Awaited<ReturnType<typeof confirmationsForData>>[number];

const placeOf = ({ createdAt, id }: ListPosition): ListPosition => ({ createdAt, id });
const placeOfPlan = ({ checkout }: Bought): ListPosition => placeOf(checkout);
const timeOrNull = (at: number | null | undefined) => (at == null ? null : isoTime(at));

async function planPart(rows: readonly Bought[]): Promise<z.input<typeof planShape>[]> {
  return rows.map(({ plan: { name }, checkout, entitlement }) => {
    const given = ifJoined(entitlement);
    return {
      name,
      status: given?.status ?? null,
      startsAt: timeOrNull(given?.startsAt),
      endsAt: timeOrNull(given?.endsAt),
      stripeMode: checkout.stripeMode,
    };
  });
}

async function orderPart(rows: readonly OrderRow[], ctx: Context): Promise<z.input<typeof orderShape>[]> {
  if (rows.length === 0) return [];
  const parts = await ctx.db.read(
    partsOfOrders(
      ctx,
      rows.map(({ id }) => id),
    ),
  );
  const nameOf = new Map(parts.access.map(({ id, productName }) => [id, productName]));
  const of = <Row extends { checkoutIntentId: string }>(all: readonly Row[], id: string) =>
    all.filter(({ checkoutIntentId }) => checkoutIntentId === id);
  return rows.map(({ id, status, stripeMode, amountCents, paidCents, taxCents, currency, createdAt, paidAt }) => ({
    orderNumber: orderNumberOf(id),
    checkoutIntentId: id,
    status,
    stripeMode,
    amountCents,
    paidCents,
    taxCents,
    currency,
    createdAt: isoTime(createdAt),
    paidAt: timeOrNull(paidAt),
    lines: of(parts.lines, id).map(({ name, unitAmountCents }) => ({ name, unitAmountCents })),
    access: of(parts.access, id).map((one) => ({
      name: one.productName,
      status: one.status,
      grantedAt: isoTime(one.grantedAt),
    })),
    answers: of(parts.answers, id).map((one) => ({
      about: one.offerName,
      answer: one.decisionKind,
      createdAt: isoTime(one.createdAt),
    })),
    downloads: of(parts.downloads, id).map(({ entitlementId, downloads, firstAt, lastAt }) => ({
      name: nameOf.get(entitlementId) ?? null,
      downloads,
      firstAt: isoTime(firstAt),
      lastAt: isoTime(lastAt),
    })),
  }));
}

async function confirmationPart(rows: readonly ConfirmationRow[]): Promise<z.input<typeof confirmationShape>[]> {
  return rows.map(({ id, writeName, confirmedText, proof, createdAt, updatedAt, hasAssertion }) => ({
    operationId: id,
    write: writeName,
    text: confirmedText,
    proof,
    askedAt: isoTime(createdAt),
    doneAt: isoTime(updatedAt),
    assertionFile: hasAssertion ? assertionPath(id) : null,
  }));
}
