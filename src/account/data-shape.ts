import * as z from "zod";

const time = z.iso.datetime();
const money = z.int();

/** An order of the person's, with its lines, the access that it gave, the answers after it, and its downloads. */
export const orderShape = z.strictObject({
  orderNumber: z.string(),
  checkoutIntentId: z.string(),
  status: z.string(),
  stripeMode: z.string(),
  amountCents: money,
  paidCents: money.nullable(),
  taxCents: money.nullable(),
  currency: z.string(),
  createdAt: time,
  paidAt: time.nullable(),
  lines: z.array(z.strictObject({ name: z.string(), unitAmountCents: money })),
  access: z.array(z.strictObject({ name: z.string().nullable(), status: z.string(), grantedAt: time })),
  answers: z.array(z.strictObject({ about: z.string().nullable(), answer: z.string(), createdAt: time })),
  downloads: z.array(z.strictObject({ name: z.string().nullable(), downloads: z.int(), firstAt: time, lastAt: time })),
});

/** A plan that the person bought. */
export const planShape = z.strictObject({
  name: z.string(),
  status: z.string().nullable(),
  startsAt: time.nullable(),
  endsAt: time.nullable(),
  stripeMode: z.string(),
});

/** A write that the person confirmed, and how. */
export const confirmationShape = z.strictObject({
  operationId: z.string(),
  write: z.string(),
  text: z.string(),
  proof: z.string(),
  askedAt: time,
  doneAt: time,
  /** Where the person downloads what their passkey signed; null where none was touched. */
  assertionFile: z.string().nullable(),
});
const limits = z.strictObject({
  mostCents: money.nullable(),
  currency: z.string().nullable(),
  checkoutsIn24Hours: z.int().nullable(),
  actsAloneUntil: time.nullable(),
});

/** An app that the person connected. */
export const appShape = z.strictObject({
  name: z.string(),
  resource: z.string(),
  scopes: z.array(z.string()),
  since: time,
  limits: limits.nullable(),
});

/** What one download holds. */
export const dataShape = z.strictObject({
  account: z.strictObject({
    name: z.string(),
    email: z.string(),
    emailVerified: z.boolean(),
    secondFactor: z.boolean(),
    passkeys: z.array(
      z.strictObject({ name: z.string(), createdAt: time, lastUsedAt: time.nullable(), synced: z.boolean() }),
    ),
  }),
  connectedApps: z.array(appShape),
  plans: z.array(planShape),
  orders: z.array(orderShape),
  confirmations: z.array(confirmationShape),
  /** False where a list has more than one download holds: its newest are there. */
  complete: z.boolean(),
});
