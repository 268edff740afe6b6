import { SignOutButton } from "../auth/sign-out.tsx";
import { isThere, ROUTES } from "../commerce/routes.ts";
import type { Visit } from "./visit.tsx";

/** The pages of the console by what the owner does there. */
const GROUPS: readonly (readonly [group: string, pages: readonly (readonly [path: string, label: string])[]])[] = [
  [
    "Sell",
    [
      [ROUTES.ownerOrders, "Orders"],
      [ROUTES.ownerAnswers, "Answers"],
      [ROUTES.ownerTasks, "Tasks"],
    ],
  ],
  [
    "Access",
    [
      ["/owner/entitlements", "Access given"],
      ["/owner/revocation-intents", "Removal intents"],
      ["/owner/assets", "Product files"],
    ],
  ],
  ["Partners", [["/owner/ledger", "Commission ledger"]]],
  [
    "Stripe",
    [
      ["/owner/webhooks", "Stripe events"],
      ["/owner/refusals", "Stripe refusals"],
      ["/owner/money-without-service", "Money without a service"],
    ],
  ],
  [
    "Rules",
    [
      ["/owner/operations", "Operations"],
      ["/owner/clients", "Connected apps"],
      ["/owner/proofs", "Confirmation rules"],
      ["/owner/approval-wait", "Time to approve"],
      ["/owner/people", "People"],
      ["/owner/mail", "Mail"],
    ],
  ],
];

/** The navigation of the console, with sign-out. Its groups stand beside each other, on a phone below each other. */
export function Nav({ visit: { site, url, formToken } }: { visit: Visit }) {
  const here = (path: string) => url.pathname === path || (path !== "/owner" && url.pathname.startsWith(`${path}/`));
  const link = (path: string, label: string) => (
    <li>
      <a href={path} {...(here(path) ? { "aria-current": url.pathname === path ? "page" : "true" } : {})}>
        {label}
      </a>
    </li>
  );
  const groups = GROUPS.map(
    ([group, pages]) => [group, pages.filter(([path]) => isThere(path, site.ctx.parts))] as const,
  ).filter(([, pages]) => pages.length > 0);
  return (
    <nav aria-label="Owner" class="groups">
      <div>
        <ul>{link("/owner", "Overview")}</ul>
        <SignOutButton formToken={formToken} returnTo="/owner" />
      </div>
      {groups.map(([group, pages]) => (
        <section>
          <strong id={`pages-${group}`}>{group}</strong>
          <ul aria-labelledby={`pages-${group}`}>{pages.map(([path, label]) => link(path, label))}</ul>
        </section>
      ))}
    </nav>
  );
}
