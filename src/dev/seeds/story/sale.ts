import type { Keyring } from "../../../base/keyring.ts";
import { urlPlace } from "../../../commerce/checkout/hosted-checkout.ts";
import type { Business } from "../business-shape.ts";
import type { Story, StoryCheckout } from "./shape.ts";

/** A story and what its rows are made with: the business, the origin of links, and the keyring that seals private values. */
export interface StorySetting {
  readonly business: Business;
  readonly story: Story;
  readonly publicUrl: string;
  readonly keyring: Pick<Keyring, "seal">;
}

/** One checkout of the story with the values that several of its rows have. */
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
    start: traceOf(short, "start"),
    sessionId: `cs_test_story_${short}`,
    eventId: `evt_story_${short}`,
    attributionId: `checkout-referral-story-${short}`,
    urlPlace: urlPlace(checkout.id),
  };
}

/** One checkout of the story, prepared for its rows. */
export type Sale = ReturnType<typeof saleOf>;

/** The ids by which the rows of one step of a checkout belong together. */
export const traceOf = (short: string, step: string) => ({
  operationId: `operation-story-${short}-${step}`,
  auditCorrelationId: `audit-story-${short}-${step}`,
});

/** The link of the business by its id. */
export function requireLink({ files }: Business, id: string) {
  const link = files.affiliates.programs.flatMap((program) => program.links).find((candidate) => candidate.id === id);
  if (!link) throw new Error(`${id} is not a referral link`);
  return link;
}
