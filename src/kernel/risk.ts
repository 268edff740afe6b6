import { PROOFS, type Proof, RISKS, type Risk } from "../db/schema/vocabulary.ts";
import { isOwnerScope, type Scope } from "./actor.ts";

/** The risk of each value of an argument, where the actions of one write differ in risk. */
export interface RiskByAction {
  readonly argument: string;
  readonly of: Readonly<Record<string, Risk>>;
}

/** A write as far as its risk goes. */
interface Risky {
  readonly name: string;
  readonly scope: Scope;
  readonly risk: Risk | RiskByAction;
}

/** What is asked of the actions of a write that have one risk. The owner can raise and lower the proof of each rule. */
export interface ProofRule {
  /** `write:risk`. */
  readonly name: string;
  readonly risk: Risk;
  /** The actions under the rule; empty where all of the write is. */
  readonly actions: readonly string[];
  /** The least proof where the owner has set none. */
  readonly least: Proof;
}

/** The rules of a write, one for each risk that it has. */
export function proofRules({ name, scope, risk }: Risky): readonly ProofRule[] {
  const actions = typeof risk === "string" ? [] : Object.entries(risk.of);
  const declared = typeof risk === "string" ? [risk] : RISKS.filter((word) => actions.some(([, of]) => of === word));
  return declared.map((word) => ({
    name: `${name}:${word}`,
    risk: word,
    actions: actions.filter(([, of]) => of === word).map(([action]) => action),
    least: leastOf(word, scope),
  }));
}

/** The rule of a call with this checked input. */
export function ruleFor(write: Risky, input: Readonly<Record<string, unknown>>): ProofRule {
  const { risk } = write;
  const word = typeof risk === "string" ? risk : risk.of[String(input[risk.argument])];
  const rule = proofRules(write).find((declared) => declared.risk === word);
  if (!rule) throw new Error(`${write.name}: an action without a declared risk`);
  return rule;
}

/** The risk of the gravest action of a write, which its tool is marked with. */
export function gravestRisk(write: Risky): Risk {
  const gravest = proofRules(write).at(-1);
  if (!gravest) throw new Error(`${write.name}: declares no risk`);
  return gravest.risk;
}

/** Compares two writes: the graver first. */
export const byGravity = (one: Risky, other: Risky): number =>
  RISKS.indexOf(gravestRisk(other)) - RISKS.indexOf(gravestRisk(one));

/** The least proof of each risk of a write where the owner has set none, for the papers. */
export const leastProofText = (write: Risky): string =>
  proofRules(write)
    .map(({ risk, least }) => `${risk}: \`${least}\``)
    .join("; ");

/** Whether a proof is as strong as another. */
export function isEnough(proof: Proof, least: Proof): boolean {
  return PROOFS.indexOf(proof) >= PROOFS.indexOf(least);
}

/** The stronger of two proofs. */
export const stronger = (one: Proof, other: Proof): Proof => (isEnough(one, other) ? one : other);

/** What can't be taken back is decided on our page; the owner's other writes are asked about through the app. */
function leastOf(risk: Risk, scope: Scope): Proof {
  if (risk === "final") return "approval_page";
  return isOwnerScope(scope) ? "elicited" : "argument";
}
