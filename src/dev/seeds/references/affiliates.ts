import type { Business } from "../business-shape.ts";
import type { Fault } from "../faults.ts";
import { checker, type Path } from "./checker.ts";

/** Faults among partners, links, and the rules of attribution and commission. */
export function affiliateFaults({ files }: Business): Fault[] {
  const { programs } = files.affiliates;
  const offers = files.offers.stacks.flatMap((stack) => stack.offers);
  const offerIds = new Set(offers.map((offer) => offer.id));
  const priceIds = new Set(files.prices.prices.map((price) => price.id));
  const { faults, fail, known, unique } = checker("affiliates.json");
  unique(
    programs.map((program) => program.id),
    (index) => ["programs", index, "id"],
  );
  for (const list of ["partners", "attributionRules", "links", "commissionRules"] as const) {
    const flat = programs.flatMap((program, p) =>
      program[list].map((row, r) => ({ id: row.id, path: ["programs", p, list, r, "id"] })),
    );
    unique(
      flat.map(({ id }) => id),
      (index) => flat[index]?.path ?? [],
    );
  }
  for (const [p, program] of programs.entries()) {
    const partners = new Set(program.partners.map((partner) => partner.id));
    const rules = new Set(program.attributionRules.map((rule) => rule.id));
    unique(
      program.links.map((link) => link.code),
      (index) => ["programs", p, "links", index, "code"],
    );
    for (const [index, link] of program.links.entries()) {
      const at = (...path: PropertyKey[]): Path => ["programs", p, "links", index, ...path];
      known(at("partnerId"), link.partnerId, partners, "a partner of the program", "affiliates.json");
      known(
        at("attributionRuleId"),
        link.attributionRuleId,
        rules,
        "an attribution rule of the program",
        "affiliates.json",
      );
      for (const [o, offer] of link.offerIds.entries())
        known(at("offerIds", o), offer, offerIds, "a stack's offer", "offers.json");
    }
    for (const [index, rule] of program.commissionRules.entries()) {
      const path = ["programs", p, "commissionRules", index, "priceId"];
      if (rule.ruleKind === "price_rate" && rule.priceId === null) fail(path, "must be set on a price_rate rule");
      if (rule.priceId !== null) known(path, rule.priceId, priceIds, "a price", "prices.json");
    }
    const priced = program.commissionRules.flatMap((rule, index) =>
      rule.priceId === null ? [] : [{ id: rule.priceId, index }],
    );
    unique(
      priced.map(({ id }) => id),
      (at) => ["programs", p, "commissionRules", priced[at]?.index ?? 0, "priceId"],
    );
  }
  return faults;
}
