import { z } from "zod";
import * as vocabulary from "../../db/schema/vocabulary.ts";
import type { WrittenProse } from "../../source-data/prose.ts";
import { localeFault, namedInAscii, nameFault, plainAscii, timeZoneFault } from "./profile-rules.ts";
import { currencyFault } from "./stripe-limits.ts";

/** Calls take ids of up to 200 characters. */
const id = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,199}$/, "must be an id of letters, digits and hyphens, at most 200 characters");
const words = z.string().min(1);
const cents = z.int().min(0);
const route = z.string().regex(/^\/[A-Za-z0-9/_-]*$/, "must be a path that starts with /");
/** A text that `faultOf` finds nothing wrong with. */
const checked = (faultOf: (text: string) => string | undefined) =>
  z.string().superRefine((text, { addIssue }) => {
    const message = faultOf(text);
    if (message !== undefined) addIssue({ code: "custom", message });
  });
const currency = checked(currencyFault);
/** On one line, in any script. */
const name = checked(nameFault);

const profileFields = z.strictObject({
  ownerUserId: id,
  ownerName: name,
  ownerEmail: z.email("must be an e-mail address"),
  name,
  /** The business in confirmation texts; left out, its name. */
  confirmationName: plainAscii.optional(),
  /** BCP 47: how amounts and dates are written, and the language of all names. */
  locale: checked(localeFault).default("en"),
  /** A zone of the IANA database, for the dates on pages. */
  timeZone: checked(timeZoneFault).default("UTC"),
  supportEmail: z.email("must be an e-mail address"),
  /** Left out: mail to `supportEmail`. */
  contactPath: z
    .string()
    .regex(/^(\/(?!\/)|mailto:|https:\/\/)/, "must be a path, a mailto: link or an https: link")
    .optional(),
  /** Whether a person can have several plans at a time; left out, they have one. */
  severalPlans: z.boolean().default(false),
  tax: z.enum(vocabulary.BUSINESS_TAXES).default("none"),
});

const profile = profileFields.refine(...namedInAscii("name")).transform((written) => ({
  ...written,
  confirmationName: written.confirmationName ?? written.name,
  contactPath: written.contactPath ?? `mailto:${written.supportEmail}`,
}));

const products = z.strictObject({
  products: z.array(
    z
      .strictObject({
        id,
        /** Left out: the id. */
        slug: id.optional(),
        name,
        kind: z.enum(vocabulary.PRODUCT_KINDS).default("digital_offer"),
        status: z.enum(vocabulary.PRODUCT_STATUSES).default("live"),
        description: z.string().default(""),
        fulfillmentKind: z.enum(vocabulary.PRODUCT_FULFILLMENT_KINDS).default("manual"),
      })
      .transform((product) => ({ ...product, slug: product.slug ?? product.id })),
  ),
});

const prices = z.strictObject({
  prices: z.array(
    z
      .strictObject({
        id,
        productId: id,
        nickname: name,
        currency,
        unitAmountCents: cents,
        billingInterval: z.enum(vocabulary.BILLING_INTERVALS).default("one_time"),
        active: z.boolean().default(true),
        /** The price in confirmation texts; left out, its nickname. */
        confirmationName: plainAscii.optional(),
        taxBehavior: z.enum(vocabulary.TAX_BEHAVIORS).nullable().default(null),
        taxCode: z
          .string()
          .regex(/^txcd_[0-9]{8}$/, "must be a tax code of Stripe's: txcd_ and eight digits")
          .nullable()
          .default(null),
        /**
         * The price at Stripe that is sold under this one, in the mode that the data wants; it has to have the same amount,
         * currency and interval. A sale in the other mode names the amount instead.
         */
        stripePriceId: z
          .string()
          .regex(/^price_[A-Za-z0-9]{8,100}$/, "must be the id of a price at Stripe: price_ and letters and digits")
          .nullable()
          .default(null),
      })
      .refine(...namedInAscii("nickname"))
      .transform((price) => ({ ...price, confirmationName: price.confirmationName ?? price.nickname })),
  ),
});

const offers = z.strictObject({
  stacks: z.array(
    z
      .strictObject({
        id,
        /** Left out: the id. */
        slug: id.optional(),
        status: words.default("on-sale"),
        revision: words.default("1"),
        /** Left out: the id. */
        funnelId: id.optional(),
        funnelRoute: route.default("/offers"),
        decisionWindowMinutes: z.int().min(1).nullable().default(null),
        offers: z.array(
          z
            .strictObject({
              id,
              /** Left out: the id. */
              publicOfferId: id.optional(),
              role: z.enum(vocabulary.OFFER_ROLES).default("primary"),
              productId: id,
              priceId: id,
              name,
              summary: z.string().default(""),
              status: words.default("on-sale"),
              stripeMode: z.enum(vocabulary.STRIPE_MODES),
            })
            .transform((offer) => ({ ...offer, publicOfferId: offer.publicOfferId ?? offer.id })),
        ),
      })
      .transform((stack) => ({ ...stack, slug: stack.slug ?? stack.id, funnelId: stack.funnelId ?? stack.id })),
  ),
});

/** The effect on access of a refund or dispute; left out, a refund in full or a lost dispute ends it. */
const moneyBack = z
  .strictObject({
    onRefundInFull: z.enum(vocabulary.ACCESS_EFFECTS),
    onDisputeOpen: z.enum(vocabulary.ACCESS_EFFECTS),
    onDisputeLost: z.enum(vocabulary.ACCESS_EFFECTS),
  })
  .optional();

/** What a late payment does to a plan; left out, it ends the plan until it is paid. */
const pastDue = z.union([z.literal("ends"), z.strictObject({ keeps: z.int().min(1).max(60) })]).optional();

const plans = z.strictObject({
  plans: z.array(
    z
      .strictObject({
        slug: id,
        name,
        status: z.enum(vocabulary.PLAN_STATUSES).default("self_serve"),
        billingInterval: z.enum(vocabulary.PLAN_INTERVALS),
        productId: id.nullable().default(null),
        priceId: id.nullable().default(null),
        setupPriceId: id.nullable().default(null),
        stripeMode: z.enum(vocabulary.STRIPE_MODES).nullable().default(null),
        label: z.string().default(""),
        headline: z.string().default(""),
        /** The words of the button; left out, they name the plan. */
        cta: name.optional(),
        description: z.string().default(""),
        bestFor: z.string().default(""),
        included: z.array(words).default([]),
        moneyBack,
        pastDue,
      })
      .transform((plan) => ({
        ...plan,
        cta: plan.cta ?? (plan.status === "contact" ? "Contact us" : `Start ${plan.name}`),
      })),
  ),
});

const accessCatalog = z.strictObject({
  catalogId: id.default("access-catalog"),
  revision: words.default("1"),
  accessRules: z.array(id).default([]),
  products: z.array(
    z.strictObject({
      id,
      kind: z.enum(vocabulary.ACCESS_CATALOG_KINDS),
      entitlementTemplateId: id,
      accessRuleIds: z.array(id),
      assets: z.array(z.strictObject({ assetId: id, kind: z.enum(vocabulary.ASSET_KINDS) })),
      /** Whether the holder of an active entitlement can download the product's files. */
      delivery: z.strictObject({ enabled: z.boolean() }).default({ enabled: false }),
      moneyBack,
    }),
  ),
  grantMaps: z.array(
    z.strictObject({
      id,
      priceId: id,
      sourceCommerceProductId: id,
      productId: id,
      entitlementTemplateId: id,
      accessRuleId: id,
      taskKind: z.enum(vocabulary.TASK_KINDS),
      taskSummary: words,
    }),
  ),
});

const affiliates = z.strictObject({
  programs: z.array(
    z.strictObject({
      id,
      slug: id,
      status: z.enum(vocabulary.PROGRAM_STATUSES),
      partners: z.array(z.strictObject({ id, status: z.enum(vocabulary.PARTNER_STATUSES) })),
      attributionRules: z.array(
        z.strictObject({
          id,
          ruleKind: z.enum(vocabulary.ATTRIBUTION_RULE_KINDS),
          windowDays: z.int().min(0),
          priority: z.int(),
        }),
      ),
      links: z.array(
        z.strictObject({
          id,
          partnerId: id,
          code: z.string().regex(/^[A-Z0-9]{1,64}$/, "must be a code of capital letters and digits"),
          status: z.enum(vocabulary.REFERRAL_LINK_STATUSES),
          destinationRoute: route,
          attributionRuleId: id,
          offerIds: z.array(id),
          utmSource: id,
          sandboxAttribution: z.boolean(),
          liveAttribution: z.boolean(),
        }),
      ),
      commissionRules: z.array(
        z.strictObject({
          id,
          ruleKind: z.enum(vocabulary.COMMISSION_RULE_KINDS),
          priceId: id.nullable(),
          rateBps: z.int().min(0).max(10_000),
          holdDays: z.int().min(0),
        }),
      ),
    }),
  ),
});

const protectedContent = z.strictObject({
  sections: z.array(
    z.strictObject({
      id,
      productId: id,
      assetId: id,
      entitlementTemplateId: id,
      contentKind: z.enum(vocabulary.PROTECTED_CONTENT_KINDS),
      title: words,
      publicSummary: words,
      deliveryEnabled: z.boolean(),
      accessPolicy: words,
      privateContentBoundary: words,
    }),
  ),
});

const revocation = z.strictObject({
  revocationIntents: z.array(
    z.strictObject({
      id,
      productId: id,
      entitlementTemplateId: id,
      accessRuleId: id,
      revocationPolicy: words,
      staleStatePolicy: words,
      auditCorrelationPolicy: words,
    }),
  ),
});

/** The shape of every file of a business, by its name without `.json`. */
export const businessFileShapes = {
  business: profile,
  products,
  prices,
  offers,
  plans,
  "access-catalog": accessCatalog,
  affiliates,
  "protected-content": protectedContent,
  revocation,
} as const;

/** The name of a file of a business. */
export type BusinessFile = keyof typeof businessFileShapes;

/** The files of a business, by name, each of its shape. */
export type BusinessFiles = { readonly [F in BusinessFile]: z.output<(typeof businessFileShapes)[F]> };

/** A business as its seeds describe it: every field is checked, and every id that a file refers to exists. */
export interface Business {
  readonly files: BusinessFiles;
  readonly prose: WrittenProse;
}
