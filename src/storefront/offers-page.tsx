import { signInPath } from "../auth/fresh-sign-in.ts";
import { openCursor, pageOf, sealCursor } from "../base/list.ts";
import { decimalText } from "../base/money.ts";
import { checkoutContract } from "../commerce/checkout/contracts.ts";
import { chosenBumps } from "../commerce/checkout/offers.ts";
import { isClosed } from "../commerce/checkout/open-mode.ts";
import { sameOpenOrder } from "../commerce/checkout/same-open-order.ts";
import { isSetUp } from "../commerce/modes.ts";
import { ROUTES } from "../commerce/routes.ts";
import { taxOf, taxSuffix } from "../commerce/tax.ts";
import { closedModes } from "../db/closed-modes.ts";
import {
  bumpsBeside,
  bumpsOfStacks,
  isOnSale,
  type OfferRow,
  offerByEitherId,
  offersPage,
  offerVersion,
} from "../db/offers.ts";
import { type BusinessRow, businessRow, requireBusiness } from "../db/operations.ts";
import { soldMode } from "../db/sold-mode.ts";
import { Notice } from "../pages/form-parts.tsx";
import { htmlPage } from "../pages/layout.tsx";
import { Money, OwnWords } from "../pages/locale.tsx";
import { quotedText } from "../pages/untrusted-text.ts";
import type { Site } from "../site.ts";
import { BETWEEN_IDS, BuyForms } from "./buy-forms.tsx";
import { type Starter, StartRefusal } from "./start-form.tsx";
import { type StartFault, startOrder } from "./start-order.ts";

/** Offers on one page. */
const SHOWN = 50;

/**
 * `GET /offers`: what is sold for one payment, for people, and as microdata of schema.org for programs that read pages. A cursor that
 * was edited shows the first page.
 */
export async function showOffers(request: Request, { ctx, auth }: Site, fault?: StartFault): Promise<Response> {
  const person = await auth.session(request);
  const form = person && { token: auth.forms.issue(request, person).token, sent: fault?.sent };
  const cursor = new URL(request.url).searchParams.get("after");
  const after = cursor === null ? undefined : await openCursor(ctx.keyring, cursor, ROUTES.offers);
  const rows = await ctx.db.read({
    offers: offersPage(ctx, after, SHOWN),
    business: businessRow(ctx),
    closed: closedModes(ctx),
  });
  const business = requireBusiness(rows.business);
  const { page, last } = pageOf(rows.offers, ({ offer }) => ({ id: offer.id }), SHOWN);
  const stacks = [...new Set(page.map(({ stack }) => stack.id))];
  const bumps = stacks.length > 0 ? (await ctx.db.read({ bumps: bumpsOfStacks(ctx, stacks) })).bumps : [];
  const ofStack = Map.groupBy(bumps, ({ stack }) => stack.id);
  const modes = [...new Set(page.map(({ offer }) => soldMode(offer.stripeMode, ctx)))];
  const open = new Set(
    modes.filter((mode) => isSetUp(mode, ctx) && !rows.closed.some((row) => isClosed(row, mode, ctx.stripe))),
  );
  const next = last && new URLSearchParams({ after: await sealCursor(ctx.keyring, last, ROUTES.offers) });
  return htmlPage({
    title: "Offers",
    business,
    publicUrl: ctx.publicUrl,
    indexed: true,
    wide: true,
    // A started order answers with a redirect to the payment page.
    formsMayLeave: true,
    status: fault?.status ?? 200,
    content: (
      <>
        {fault && <StartRefusal fault={fault} />}
        {modes.some((mode) => !open.has(mode)) && <Notice>Not everything is on sale here at the moment.</Notice>}
        {page.length > 0 && modes.every((mode) => mode === "sandbox") && (
          <Notice>This is a test shop: no payment here moves money.</Notice>
        )}
        {page.length === 0 ? (
          <p>There is no offer here at the moment.</p>
        ) : (
          <p>
            Buy here, or with an assistant: <a href="/">connect it</a> to <code>{`${ctx.publicUrl}/mcp`}</code> and name
            the offer by its id. You pay on the payment provider's own page.
          </p>
        )}
        <div class="plans">
          {page.map((row) => {
            const mode = soldMode(row.offer.stripeMode, ctx);
            return (
              <OfferCard
                row={row}
                bumps={ofStack.get(row.stack.id) ?? []}
                business={business}
                form={form}
                open={open.has(mode)}
                test={mode === "sandbox" && modes.length > 1}
              />
            );
          })}
        </div>
        {(after || next) && (
          <p class="actions">
            {after && <a href={ROUTES.offers}>First offers</a>}
            {next && <a href={`${ROUTES.offers}?${next}`}>More offers</a>}
          </p>
        )}
      </>
    ),
  });
}

function OfferCard(props: {
  row: OfferRow;
  bumps: readonly OfferRow[];
  business: BusinessRow;
  /** Undefined for a visitor who is signed out. */
  form: Starter | undefined;
  /** Whether the offer's mode takes orders now. */
  open: boolean;
  /** True where this offer is a test beside others with real money. */
  test: boolean;
}) {
  const { row, business, form } = props;
  const bumps = props.bumps.filter(isOnSale);
  const { offer, price } = row;
  const heading = `offer-${offer.publicOfferId}`;
  // Of every bump, since the write quotes the version of them all.
  const version = offerVersion(row, props.bumps, business.updatedAt);
  return (
    <article class="card plan" aria-labelledby={heading} itemscope itemtype="https://schema.org/Product">
      <meta itemprop="sku" content={offer.publicOfferId} />
      <h2 id={heading} itemprop="name">
        <OwnWords>{quotedText(offer.name)}</OwnWords>
      </h2>
      {offer.summary && (
        <p class="summary" itemprop="description">
          <OwnWords>{quotedText(offer.summary)}</OwnWords>
        </p>
      )}
      <div itemprop="offers" itemscope itemtype="https://schema.org/Offer">
        <p class="price">
          <strong>
            <Money cents={price.unitAmountCents} currency={price.currency} />
          </strong>{" "}
          <span class="soft">{`once${taxSuffix(taxOf(business, [price]))}`}</span>
        </p>
        <PriceData row={row} />
        <link itemprop="availability" href={`https://schema.org/${props.open ? "InStock" : "OutOfStock"}`} />
        {bumps.length > 0 && <p>Can be added to the order:</p>}
        {bumps.length > 0 && (
          <ul>
            {bumps.map((bump) => (
              <li itemprop="addOn" itemscope itemtype="https://schema.org/Offer">
                <span itemprop="name">
                  <OwnWords>{quotedText(bump.offer.name)}</OwnWords>
                </span>
                , <Money cents={bump.price.unitAmountCents} currency={bump.price.currency} />
                <PriceData row={bump} />
              </li>
            ))}
          </ul>
        )}
      </div>
      {props.test && <p class="soft">This offer is a test: no money moves.</p>}
      {props.open && !form && (
        <p>
          <a
            class="button"
            href={signInPath(`${ROUTES.offers}#${heading}`)}
            aria-label={`Sign in to buy ${quotedText(offer.name)}`}
          >
            Sign in to buy
          </a>
        </p>
      )}
      {props.open && form && <BuyForms row={row} bumps={bumps} version={version} business={business} form={form} />}
      <p>
        Id for your assistant: <code>{offer.publicOfferId}</code>
      </p>
    </article>
  );
}

/** `POST /offers`: a person starts their own order. The text that they confirm stands above the button. */
export function submitOffers(request: Request, site: Site): Promise<Response> {
  return startOrder(
    {
      write: checkoutContract.write,
      path: ROUTES.offers,
      args: ({ orderBumpIds = "", ...given }) => ({
        ...given,
        ...(orderBumpIds !== "" && { orderBumpIds: orderBumpIds.split(BETWEEN_IDS) }),
      }),
      same: sameOpenOffer,
      refused: (fault) => showOffers(request, site, fault),
    },
    request,
    site,
  );
}

/** The person's open order of this offer with the same bumps. */
async function sameOpenOffer(userId: string, fields: Readonly<Record<string, string>>, { ctx }: Site) {
  const { offerId = "", orderBumpIds = "" } = fields;
  const rows = await ctx.db.read({
    offer: offerByEitherId(ctx, offerId),
    bumps: bumpsBeside(ctx, offerId),
    business: businessRow(ctx),
  });
  const [offer] = rows.offer;
  if (!offer) return undefined;
  const ids = orderBumpIds === "" ? [] : orderBumpIds.split(BETWEEN_IDS);
  const prices = [offer, ...chosenBumps(offer.offer.publicOfferId, rows.bumps, ids)].map(({ price }) => price);
  const tax = taxOf(requireBusiness(rows.business), prices);
  const mode = soldMode(offer.offer.stripeMode, ctx);
  return sameOpenOrder(userId, { of: { offerId }, prices, tax, mode }, ctx);
}

/** A price as schema.org wants it: digits with a full stop and nothing else, and the currency beside it in capitals. */
function PriceData({ row: { price } }: { row: Pick<OfferRow, "price"> }) {
  return (
    <>
      <meta itemprop="price" content={decimalText(price.unitAmountCents, price.currency)} />
      <meta itemprop="priceCurrency" content={price.currency.toUpperCase()} />
    </>
  );
}
