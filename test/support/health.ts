import { connect } from "./mcp.ts";
import { ORIGIN, OWNER, type World } from "./world.ts";

/** A function that reads `commerce://health` as the owner. */
export async function healthReader(world: World): Promise<() => Promise<Record<string, unknown>>> {
  const token = await world.token(OWNER, "mcp", ["owner:read"]);
  const client = await connect({ send: world.send, url: `${ORIGIN}/mcp`, token });
  return async () => {
    const answer = await client.callTool({ name: "read_commerce", arguments: { uri: "commerce://health" } });
    return (answer.structuredContent as { content: Record<string, unknown> }).content;
  };
}
