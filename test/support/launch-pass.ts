import { startCheckout } from "../../tools/start-checkout.ts";
import { bearerDoors, type Door, type Doors, type Person, type Reply } from "./doors.ts";
import { BUYER, type World } from "./world.ts";

/** The offer that most tests buy. */
export const OFFER = "sandbox-launch-pass";
/** Its order bump. */
export const BUMP = "offer-bump-launch-checklist";
/** The sandbox's name for the call that creates a session. */
export const CREATE = "POST /v1/checkout/sessions";
/** The sandbox's name for the call that lists sessions. */
export const LIST = "GET /v1/checkout/sessions";

/** The result of `start_checkout`. */
export interface Started {
  readonly checkoutIntentId: string;
  readonly checkoutUrl: string;
  readonly expiresAt: string;
  readonly amountCents: number;
  readonly status: string;
  readonly updatedAt: string;
  readonly otherOpenCheckouts?: readonly string[];
}

interface OfferDocument {
  readonly confirmationText: string;
  readonly updatedAt: string;
  readonly orderBumps: readonly { readonly orderBumpId: string; readonly confirmationText: string }[];
}

/** The doors of `start_checkout` for a person. */
export const checkoutDoors = (world: World, person: Person = BUYER): Promise<Doors> =>
  bearerDoors(world, startCheckout, person);

let keys = 0;

/** A call that buys the launch pass, with the bump or without, under a key of its own. */
export async function launchPassCall(world: World, { bump = false } = {}) {
  const offer = (await world.read(`commerce://offers/${OFFER}`)) as unknown as OfferDocument;
  const chosen = offer.orderBumps.find(({ orderBumpId }) => orderBumpId === BUMP);
  if (!chosen) throw new Error("the offer has no bump");
  return {
    offerId: OFFER,
    ...(bump && { orderBumpIds: [BUMP] }),
    confirmationText: bump ? chosen.confirmationText : offer.confirmationText,
    expectedUpdatedAt: offer.updatedAt,
    idempotencyKey: `launch-pass-${++keys}`,
  };
}

/** Starts a checkout. Throws when it is refused. */
export async function started(world: World, door: Door, wish: { bump?: boolean } = {}): Promise<Started> {
  return resultOf(await door(await launchPassCall(world, wish)));
}

/** The result of a success. */
export function resultOf(answer: Reply): Started {
  if (answer.code !== undefined) throw new Error(`refused: ${answer.text}`);
  return answer.body.result as unknown as Started;
}

/** The session that a checkout's link leads to, as a buyer's browser finds it. */
export async function sessionBehind(world: World, { checkoutUrl }: Started) {
  const redirect = await world.fetch(checkoutUrl);
  const sessions = await world.sandbox.sessions();
  const location = redirect.headers.get("Location");
  const found = sessions.find((session) => session.url !== null && session.url === location);
  if (redirect.status !== 303 || !found) throw new Error(`the link leads nowhere: ${redirect.status} ${location}`);
  return found;
}

/** The row of a checkout intent. */
export async function intentRow(world: World, checkoutIntentId: string) {
  const [row] = await world.all<Record<string, string | number | null>>(
    "SELECT * FROM checkout_intents WHERE id = ?",
    checkoutIntentId,
  );
  if (!row) throw new Error("there is no such checkout");
  return row;
}
