import { resources } from "../../resources/index.ts";
import { connect } from "../support/mcp.ts";
import { ORIGIN } from "../support/world.ts";
import type { Counter } from "./counter.ts";
import { type Place, resourceParameter } from "./place.ts";

/** Pages of a list that are read after its first. */
const DEPTH = 3;

/** Counts every resource through `read_commerce`, for each kind of reader; the public ones also without sign-in. */
export async function countResources({ world, measure }: Counter, place: Place): Promise<void> {
  const filled = resourceParameter(place);
  const open = await connect({ send: world.send, url: `${ORIGIN}/mcp/public` });
  const signedIn = {
    buyer: await connect({ send: world.send, url: `${ORIGIN}/mcp`, token: place.tokens.mcp }),
    owner: await connect({ send: world.send, url: `${ORIGIN}/mcp`, token: place.tokens.ownerMcp }),
  };
  const read = (client: typeof open, name: string, uri: string) =>
    measure(
      name,
      async () => {
        // By the tool: a client keeps what it read as a resource for a while.
        const answer = await client.callTool({ name: "read_commerce", arguments: { uri } });
        if (answer.isError) throw new Error(`${uri}: ${JSON.stringify(answer.content)}`);
        return answer as { content: { text: string }[]; structuredContent: { content: { nextUri?: string } } };
      },
      ({ content }) => content[0]?.text ?? "",
    );
  for (const { uri, readers, list, name } of resources) {
    const own = Object.entries(OTHER_ID).find(([resource]) => resource === name)?.[1];
    const address = uri.replace(/\{(\w+)\}/, (_, parameter: string) => own?.(place) ?? filled[parameter] ?? "absent");
    const isPublic = readers === "public";
    const isBuyers = !isPublic && readers.some((scope) => !scope.startsWith("owner:"));
    if (isPublic) await read(open, `resource ${uri}`, address);
    if (isBuyers) await read(signedIn.buyer, `resource ${uri}, a person's own`, address);
    if (!isPublic && readers.some((scope) => scope.startsWith("owner:"))) {
      let page = await read(signedIn.owner, `resource ${uri}`, address);
      for (let depth = 2; list && depth <= DEPTH; depth++) {
        const { nextUri } = page.structuredContent.content;
        if (!nextUri) break;
        page = await read(signedIn.owner, `resource ${uri}, page ${depth}`, nextUri);
      }
    }
    if (isPublic) await read(signedIn.buyer, `resource ${uri}, signed in`, address);
  }
}

/** The resources whose `{id}` is not that of a ledger entry. */
const OTHER_ID: Readonly<Record<string, (place: Place) => string>> = {
  entitlement: ({ goods }) => goods.entitlementId,
};

/** Resources without a row. */
export const resourcesWithout = (rows: ReadonlyMap<string, unknown>): readonly string[] =>
  resources.map(({ uri }) => uri).filter((uri) => ![...rows.keys()].some((name) => name.startsWith(`resource ${uri}`)));
