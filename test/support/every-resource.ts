import { resources } from "../../resources/index.ts";
import type { World } from "./world.ts";

/** The ids that fill each template, from the current rows. A test fails for a template without an entry. */
export async function idsOfTemplates(world: World): Promise<Record<string, string[]>> {
  const of = async (sql: string) => (await world.all<{ id: string }>(sql)).map(({ id }) => id);
  return {
    "commerce://source-data/{section}": ["sandboxCheckout", "tables"],
    "commerce://tables/{table}": ["checkout_intents", "operations"],
    "commerce://offers/{offerId}": ["sandbox-launch-pass"],
    "commerce://plans/{slug}": await of("SELECT slug AS id FROM plans"),
    "commerce://checkouts/{checkoutIntentId}": await of("SELECT id FROM checkout_intents"),
    "commerce://operations/{operationId}": await of("SELECT id FROM operations"),
    "commerce://audit/{operationId}": await of("SELECT id FROM operations"),
    "commerce://ledger-entries/{id}": await of("SELECT id FROM affiliate_commission_ledger_entries"),
    "commerce://entitlements/{id}": await of("SELECT id FROM product_entitlements"),
    "commerce://products/{productId}": await of("SELECT id FROM access_products"),
  };
}

/** The URI of every resource, its template filled with each id. */
export function everyUri(ids: Readonly<Record<string, readonly string[]>>): string[] {
  return resources.flatMap(({ uri }) => {
    const parameter = /\{\w+\}/.exec(uri)?.[0];
    if (!parameter) return [uri];
    return (ids[uri] ?? ["absent"]).map((id) => uri.replace(parameter, encodeURIComponent(id)));
  });
}
