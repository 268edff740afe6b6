import { readTools, writes } from "../../tools/index.ts";
import { READY_WRITES } from "../fuzz/ready-writes.ts";
import { type Door, mcpDoor } from "../support/doors.ts";
import { connect } from "../support/mcp.ts";
import { withoutPlans } from "../support/plans.ts";
import { BUYER, ORIGIN, type World } from "../support/world.ts";
import type { Counter } from "./counter.ts";
import type { Place } from "./place.ts";

let keys = 0;

/** Counts every tool at `/mcp`: each write and its replay, and what only reads. `before` runs before each write. */
export async function countTools({ world, measure }: Counter, real: World, place: Place): Promise<void> {
  for (const { write, actor, ready } of READY_WRITES) {
    const token = actor === BUYER ? place.tokens.mcp : place.tokens.ownerMcp;
    const door = await mcpDoor(world, write.name, token);
    await withoutPlans(real);
    const { input, ...envelope } = await ready(real, actor);
    const args = { ...input, ...envelope, idempotencyKey: `counted-${write.name}-${++keys}` };
    await measured(`${write.name}`, door, args);
    await measured(`${write.name}, again`, door, args);
  }
  async function measured(name: string, door: Door, args: Record<string, unknown>): Promise<void> {
    const answer = await measure(`tool ${name}`, () => door(args), textOf);
    if (answer.code !== undefined) throw new Error(`${name}: ${answer.text}`);
  }

  const getOperation = await mcpDoor(world, "get_operation", place.tokens.mcp);
  await measured("get_operation", getOperation, { operationId: place.operation });
  await measured("get_operation, by key", getOperation, { idempotencyKey: "launch-pass-1" });
  for (const [name, path, token] of [
    ["tools/list", "/mcp", place.tokens.ownerMcp],
    ["tools/list, a buyer's", "/mcp", place.tokens.mcp],
    ["tools/list, public", "/mcp/public", undefined],
  ] as const) {
    const client = await connect({ send: world.send, url: ORIGIN + path, ...(token && { token }) });
    await measure(
      `tool ${name}`,
      () => client.listTools(),
      (answer) => JSON.stringify(answer.tools),
    );
  }
}

/** Tools without a row. `read_commerce` has one for each resource. */
export const toolsWithout = (rows: ReadonlyMap<string, unknown>): readonly string[] =>
  [...writes, ...readTools]
    .map(({ name }) => name)
    .filter((name) => name !== "read_commerce" && !rows.has(`tool ${name}`));

const textOf = ({ text }: { text: string }) => text;
