import { z } from "zod";
import { DECISION_KINDS } from "../../../db/schema/vocabulary.ts";
import type { Business } from "../business-shape.ts";
import { type Fault, faultsOf, SeedError } from "../faults.ts";

const words = z.string().min(1);
const time = z.iso
  .datetime({ precision: 3, error: "must be a UTC time with milliseconds" })
  .transform((text) => Date.parse(text));

const storyShape = z.strictObject({
  buyer: z.strictObject({ id: words, name: words, email: z.email("must be an e-mail address") }),
  clientId: words,
  stripeApiVersion: words,
  /** When the agent read the offer whose version it sent as `expectedUpdatedAt`. */
  catalogReadAt: time,
  clicks: z.array(z.strictObject({ id: words, linkId: words, clickedAt: time })),
  checkouts: z.array(
    z.strictObject({
      id: words,
      clickId: words,
      offerId: words,
      orderBumpIds: z.array(words),
      startedAt: time,
      openedAt: time,
      paidAt: time,
      evidence: z.strictObject({ id: words, recordedAt: time }).nullable(),
      decision: z.strictObject({ id: words, decisionKind: z.enum(DECISION_KINDS), decidedAt: time }).nullable(),
    }),
  ),
});

/** Past sales of a business with fixed times and ids: clicks, paid checkouts, evidence and decisions. */
export type Story = z.output<typeof storyShape>;
/** One checkout of a story. */
export type StoryCheckout = Story["checkouts"][number];

const accountsShape = z.strictObject({
  accounts: z.array(
    z.strictObject({
      id: words,
      name: words,
      email: z.email("must be an e-mail address"),
      password: z.string().min(10),
    }),
  ),
});

/** An account for sign-in on a developer's machine. */
export type DevAccount = z.output<typeof accountsShape>["accounts"][number];

/** Checks a story, and that its ids are those of the business. Errors carry `file`. */
export function parseStory(file: string, raw: unknown, business: Business): Story {
  const story = parsed(file, raw, storyShape);
  const faults = storyFaults(file, story, business);
  if (faults.length > 0) throw new SeedError(faults);
  return story;
}

/** Checks the development accounts. Errors carry `file`. */
export function parseDevAccounts(file: string, raw: unknown): readonly DevAccount[] {
  return parsed(file, raw, accountsShape).accounts;
}

function parsed<S extends z.ZodType>(file: string, raw: unknown, shape: S): z.output<S> {
  const result = shape.safeParse(raw);
  if (result.success) return result.data;
  throw new SeedError(faultsOf(file, result.error.issues, raw));
}

function storyFaults(file: string, story: Story, { files }: Business): Fault[] {
  const faults: Fault[] = [];
  const known = (path: PropertyKey[], id: string, ids: readonly string[], what: string) => {
    if (!ids.includes(id)) faults.push({ file, path, message: `must be the id of ${what}: ${id} is unknown` });
  };
  const ordered = (path: PropertyKey[], earlier: number, later: number, what: string) => {
    if (later < earlier) faults.push({ file, path, message: `must not be before ${what}` });
  };
  const links = files.affiliates.programs.flatMap((program) => program.links.map((link) => link.id));
  const offers = files.offers.stacks.flatMap((stack) => stack.offers);
  const idsOf = (role: string) => offers.flatMap((offer) => (offer.role === role ? offer.publicOfferId : []));
  for (const [index, click] of story.clicks.entries())
    known(["clicks", index, "linkId"], click.linkId, links, "a link");
  for (const [index, checkout] of story.checkouts.entries()) {
    const at = (...path: PropertyKey[]) => ["checkouts", index, ...path];
    const click = story.clicks.find((candidate) => candidate.id === checkout.clickId);
    known(
      at("clickId"),
      checkout.clickId,
      story.clicks.map(({ id }) => id),
      "a click of the story",
    );
    known(at("offerId"), checkout.offerId, idsOf("primary"), "a primary offer");
    for (const [bump, id] of checkout.orderBumpIds.entries()) {
      known(at("orderBumpIds", bump), id, idsOf("order_bump"), "an order bump");
    }
    ordered(at("startedAt"), click?.clickedAt ?? 0, checkout.startedAt, "its click");
    ordered(at("openedAt"), checkout.startedAt, checkout.openedAt, "its start");
    ordered(at("paidAt"), checkout.openedAt, checkout.paidAt, "its opening");
    if (checkout.evidence)
      ordered(at("evidence", "recordedAt"), checkout.startedAt, checkout.evidence.recordedAt, "its start");
    if (checkout.decision)
      ordered(at("decision", "decidedAt"), checkout.paidAt, checkout.decision.decidedAt, "its payment");
  }
  return faults;
}
