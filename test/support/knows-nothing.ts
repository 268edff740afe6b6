import type { Client } from "@modelcontextprotocol/client";

/** A call of an agent: what it sent and what it got, as a model pays for them. */
export interface Call {
  readonly name: string;
  readonly sent: string;
  readonly got: string;
}

/**
 * A purchase by an agent that knows no id and no URI of this server: each comes from `tools/list` or from an answer before. It
 * buys what `choose` picks of the first list that the tool names.
 */
export async function buyKnowingNothing(
  client: Client,
  choose: (items: readonly { readonly id: string; readonly name: string }[]) => string,
): Promise<{ calls: readonly Call[]; result: Record<string, unknown> }> {
  const calls: Call[] = [];
  const call = async (name: string, args: Record<string, unknown>) => {
    const answer = await client.callTool({ name, arguments: args });
    const got = (answer.content as { text: string }[])[0]?.text ?? "";
    calls.push({ name, sent: JSON.stringify({ name, arguments: args }), got });
    if (answer.isError) throw new Error(`${name}: ${got}`);
    return answer.structuredContent as { content: Record<string, unknown>; result: Record<string, unknown> };
  };
  const { tools } = await client.listTools();
  const reads = tools.find(({ description }) => description?.startsWith("Read a commerce:// resource"));
  const list = /commerce:\/\/[a-z-]+/.exec(reads?.description?.replace("commerce:// ", "") ?? "")?.[0] ?? "";
  const { content: found } = await call(reads?.name ?? "", { uri: list });
  const id = choose(found.items as { id: string; name: string }[]);
  const { content: subject } = await call(reads?.name ?? "", { uri: `${list}/${id}` });
  const starts = tools.find(({ description }) => description?.includes(`Read ${list}/{`));
  const argument = Object.keys(starts?.inputSchema.properties ?? {})[0] ?? "";
  const { result } = await call(starts?.name ?? "", {
    [argument]: id,
    confirmationText: subject.confirmationText,
    expectedUpdatedAt: subject.updatedAt,
    idempotencyKey: `first-purchase-of-${id}`,
  });
  return { calls, result };
}
