import { sha256 } from "../../../base/digest.ts";
import * as schema from "../../../db/schema/index.ts";
import { insertLocal, type LocalStatement } from "../statement.ts";
import { decisionRows } from "./decision.ts";
import { evidenceRows } from "./evidence.ts";
import { paymentRows } from "./payment.ts";
import { requireLink, type StorySetting, saleOf } from "./sale.ts";
import type { StoryCheckout } from "./shape.ts";
import { startRows } from "./start.ts";

/** The rows of a story; a row comes after the rows that it refers to. */
export async function storyRows(setting: StorySetting): Promise<readonly LocalStatement[]> {
  const { buyer, clicks, checkouts } = setting.story;
  const ownerUserId = setting.business.files.business.ownerUserId;
  const born = new Date(setting.story.catalogReadAt);
  const person = insertLocal(schema.user, { ...buyer, emailVerified: true, createdAt: born, updatedAt: born });
  // The buyer may be one of the development accounts.
  const people = { ...person, sql: `${person.sql} ON CONFLICT (id) DO NOTHING` };
  const visits = await Promise.all(
    clicks.map(async (click) => {
      const link = requireLink(setting.business, click.linkId);
      return insertLocal(schema.affiliateReferralClicks, {
        id: click.id,
        ownerUserId,
        referralLinkId: link.id,
        referralCode: link.code,
        partnerId: link.partnerId,
        destinationRoute: link.destinationRoute,
        idempotencyKey: `story-${click.id}`,
        utmSource: link.utmSource,
        requestHash: await sha256(`story request of ${click.id}`),
        visitorHash: await sha256(`story visitor of ${click.id}`),
        clickedAt: click.clickedAt,
        createdAt: click.clickedAt,
      });
    }),
  );
  const sales = await Promise.all(checkouts.map((checkout) => checkoutRows(checkout, setting)));
  return [people, ...visits, ...sales.flat()];
}

async function checkoutRows(checkout: StoryCheckout, setting: StorySetting): Promise<LocalStatement[]> {
  const sale = saleOf(checkout, setting);
  return [
    ...(await startRows(sale)),
    ...(await paymentRows(sale)),
    ...(await evidenceRows(sale)),
    ...(await decisionRows(sale)),
  ];
}
