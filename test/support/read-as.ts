import type { Person } from "./doors.ts";
import { connect } from "./mcp.ts";
import { ORIGIN, type World } from "./world.ts";

/** A resource as a person's agent reads it. By the tool, since a client keeps what it read as a resource for a while. */
export async function readAs(
  world: World,
  person: Person,
  uri: string,
  scopes: readonly string[] = ["checkout:write"],
): Promise<Record<string, unknown>> {
  const token = await world.token(person, "mcp", [...scopes]);
  const client = await connect({ send: world.send, url: `${ORIGIN}/mcp`, token });
  const answer = await client.callTool({ name: "read_commerce", arguments: { uri } });
  if (answer.isError) throw new Error(`${uri}: ${JSON.stringify(answer.content)}`);
  return (answer.structuredContent as { content: Record<string, unknown> }).content;
}
