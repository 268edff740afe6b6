import { createHash } from "node:crypto";
import { createKeyring } from "../../src/base/keyring.ts";
import { openSecrets } from "../../src/base/secrets.ts";
import { EMAIL_HASH } from "../../src/db/order-payers.ts";
import type { World } from "../support/world.ts";

/** A person who is planted: what may name them, or lead to them by a computation. */
export interface Canary {
  readonly name: string;
  readonly email: string;
  /** The address from which they paid. */
  readonly payer: string;
  /** A word that stands in every text of theirs. */
  readonly word: string;
}

/** Each place that still has the person: in any text of any table, or in a key or value of KV or R2. */
export async function traces(world: World, canary: Canary): Promise<string[]> {
  const keyring = createKeyring(openSecrets([world.bindings.SERVER_SECRET]));
  const addresses = [canary.email, canary.payer];
  const sought = [
    canary.word,
    ...addresses.map((address) => createHash("sha256").update(address).digest("hex")),
    // What leads the server itself to an address.
    ...(await Promise.all(addresses.map((address) => keyring.keyedHash(address, EMAIL_HASH)))),
  ].map((text) => text.toLowerCase());
  const found: string[] = [];
  const look = (place: string, text: unknown) => {
    if (typeof text !== "string") return;
    if (sought.some((one) => text.toLowerCase().includes(one))) found.push(place);
  };
  for (const { table, rows } of await everyRow(world)) {
    for (const row of rows) for (const [column, value] of Object.entries(row)) look(`${table}.${column}`, value);
  }
  const { OAUTH_KV: kv, PRODUCT_ASSETS: bucket } = world.bindings;
  for (const { name, metadata } of (await (kv as KVNamespace).list()).keys) {
    look(`KV ${name}`, `${name} ${JSON.stringify(metadata)}`);
    look(`KV ${name}`, await (kv as KVNamespace).get(name));
  }
  for (const object of (await (bucket as R2Bucket).list({ include: ["customMetadata", "httpMetadata"] } as never))
    .objects) {
    look(`R2 ${object.key}`, JSON.stringify([object.key, object.customMetadata, object.httpMetadata]));
  }
  return [...new Set(found)].sort();
}

/** All rows of all tables that the database has. */
async function everyRow(world: World) {
  const tables = await world.all<{ name: string }>(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '_cf_%'",
  );
  return Promise.all(
    tables.map(async ({ name }) => ({ table: name, rows: await world.all(`SELECT * FROM "${name}"`) })),
  );
}
