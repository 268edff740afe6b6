import type { Keyring } from "../../../base/keyring.ts";
import { urlPlace } from "../../../commerce/checkout/hosted-checkout.ts";
import type { Business } from "../business-shape.ts";
import type { Story, StoryCheckout } from "./shape.ts";

/** What rows are made with beside the story: whose they are, where links lead, and what seals private values. */
export interface StorySetting {
  readonly business: Business;
  readonly story: Story;
  readonly publicUrl: string;
  readonly keyring: Pick<Keyring, "seal">;
}

/** One checkout of the story with everything that its rows repeat. */
export function saleOf(checkout: StoryCheckout, setting: StorySetting) {
  const { files } = setting.business;
  const stack = files.offers.stacks.find((candidate) =>
    candidate.offers.some((offer) => offer.publicOfferId === checkout.offerId),
  );
  if (!stack) throw new Error(`${checkout.offerId} is in no stack`);
  const lines = [checkout.offerId, ...checkout.orderBumpIds].map((id) => {
    const offer = stack.offers.find((candidate) => candidate.publicOfferId === id);
    const price = files.prices.prices.find((candidate) => candidate.id === offer?.priceId);
    if (!offer || !price) throw new Error(`${id} is not an offer of ${stack.id}`);
    return { offer, price };
  });
  const [first, ...bumps] = lines;
  const click = setting.story.clicks.find((candidate) => candidate.id === checkout.clickId);
  if (!first || !click) throw new Error(`${checkout.id} sells nothing or has no click`);
  const short = checkout.id.slice(-12);
  return {
    ...setting,
    checkout,
    stack,
    lines,
    bumps,
    first,
    link: requireLink(setting.business, click.linkId),
    ownerUserId: files.business.ownerUserId,
    short,
    amountCents: lines.reduce((sum, line) => sum + line.price.unitAmountCents, 0),
    operationId: operationId(short, "start"),
    correlationId: `audit-story-${short}-start`,
    sessionId: `cs_test_story_${short}`,
    eventId: `evt_story_${short}`,
    attributionId: `checkout-referral-story-${short}`,
    urlPlace: urlPlace(checkout.id),
  };
}

export type Sale = ReturnType<typeof saleOf>;

/** The operation that did one step of a checkout. */
export const operationId = (short: string, step: string) => `operation-story-${short}-${step}`;

/** The link of the business by its id. */
export function requireLink({ files }: Business, id: string) {
  const link = files.affiliates.programs.flatMap((program) => program.links).find((candidate) => candidate.id === id);
  if (!link) throw new Error(`${id} is not a referral link`);
  return link;
}
