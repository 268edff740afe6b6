import { SignOutButton } from "../auth/sign-out.tsx";
import { isThere } from "../commerce/routes.ts";
import type { Visit } from "./visit.tsx";

const PAGES = [
  ["/owner", "Overview"],
  ["/owner/orders", "Orders"],
  ["/owner/answers", "Answers"],
  ["/owner/tasks", "Tasks"],
  ["/owner/ledger", "Commission ledger"],
  ["/owner/entitlements", "Entitlements"],
  ["/owner/revocation-intents", "Removal intents"],
  ["/owner/assets", "Product files"],
  ["/owner/money-without-service", "Money without a service"],
  ["/owner/operations", "Operations"],
  ["/owner/webhooks", "Stripe events"],
  ["/owner/refusals", "Stripe refusals"],
  ["/owner/clients", "Connected apps"],
  ["/owner/proofs", "Confirmation rules"],
  ["/owner/people", "People"],
  ["/owner/mail", "Mail"],
] as const;

/** The navigation of the console, with sign-out. */
export function Nav({ visit: { site, url, formToken } }: { visit: Visit }) {
  const here = (path: string) => url.pathname === path || (path !== "/owner" && url.pathname.startsWith(`${path}/`));
  return (
    <nav aria-label="Owner">
      <ul>
        {PAGES.filter(([path]) => isThere(path, site.ctx.parts)).map(([path, label]) => (
          <li>
            <a href={path} {...(here(path) ? { "aria-current": url.pathname === path ? "page" : "true" } : {})}>
              {label}
            </a>
          </li>
        ))}
        <li>
          <SignOutButton formToken={formToken} returnTo="/owner" />
        </li>
      </ul>
    </nav>
  );
}
