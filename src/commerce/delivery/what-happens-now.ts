import type { IntentRow } from "../../db/checkouts.ts";
import type { Rows } from "../../db/database.ts";
import type { givenByOrder } from "../../db/given.ts";
import { quotedText } from "../../pages/untrusted-text.ts";

/** What is known of a paid order's service. */
export interface Service {
  readonly intent: Pick<IntentRow, "planSlug">;
  readonly given: Rows<{ given: ReturnType<typeof givenByOrder> }>["given"];
  readonly plan: readonly { readonly status: "active" | "inactive" }[];
  /** True for a test of what is sold live, which gives nothing. */
  readonly isTest: boolean;
}

/** What follows from the payment of an order, as sentences for its buyer: by what was bought, and by names. */
export function whatHappensNow({ intent, given, plan, isTest }: Service): string {
  if (isTest) return `It was a test and gives no ${intent.planSlug ? "plan" : "access"} here.`;
  if (intent.planSlug) return plan[0]?.status === "active" ? "Your plan is active." : "Your plan is not active now.";
  if (given.length === 0) return "We have your order. There is nothing more to do for you.";
  const files = namesOf(given.filter(({ hasFile }) => hasFile === 1));
  const others = given.filter(({ hasFile }) => hasFile === 0);
  const sentences = [
    ...(files ? [`You can download ${files}.`] : []),
    ...TASK_SENTENCES.flatMap(([statuses, sentence]) => {
      const names = namesOf(others.filter(({ taskStatus }) => statuses.includes(taskStatus)));
      return names ? [sentence(names)] : [];
    }),
  ];
  return sentences.join(" ");
}

type TaskStatus = Service["given"][number]["taskStatus"];

/** By the task of each thing that has no file to download. Without a task there is only the access. */
const TASK_SENTENCES: readonly (readonly [readonly TaskStatus[], (names: string) => string])[] = [
  [["queued", "active"], (names) => `We prepare ${names} for you, and your order shows where it stands.`],
  [["paused"], (names) => `${names}: on hold, and your order shows where it stands.`],
  [["done"], (names) => `${names}: done.`],
  [[null], (names) => `You have access to ${names}.`],
];

const namesOf = (given: Service["given"]): string =>
  [...new Set(given.map(({ name }) => quotedText(name)))].join(" and ");
