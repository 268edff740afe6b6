import { businessPage } from "../auth/pages.tsx";
import type { Site } from "../site.ts";

/** Why a person can't go to a page of the payment provider's. */
export interface RefusedWay {
  readonly status: number;
  readonly title: string;
  readonly advice: string;
}

/** The page in place of the payment provider's, with the way back. */
export function refusedWay(
  { ctx }: Site,
  { status, title, advice }: RefusedWay,
  back: { href: string; words: string },
) {
  return businessPage(ctx, () => ({
    title,
    status,
    content: (
      <p>
        {advice} <a href={back.href}>{back.words}</a>
      </p>
    ),
  }));
}
