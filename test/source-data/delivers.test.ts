import { expect, test } from "vitest";
import { businessOf } from "../support/businesses.ts";
import { describeInWorld } from "../support/describe-in-world.ts";

interface Document {
  readonly contract: { readonly summary: string };
  readonly agentWriteRules: readonly string[];
}

describeInWorld("the document of a business that delivers files", { business: () => businessOf("bakery") }, (world) => {
  const read = async () => (await (await world.fetch("/commerce/source-data")).json()) as Document;

  test("says how they reach a buyer, and says it no more once delivery is off", async () => {
    const { contract, agentWriteRules } = await read();
    expect(contract.summary).toContain("a buyer downloads them on this site while their access is active");
    // A download is the buyer's: what no agent may do stays as it is.
    expect(agentWriteRules.join("\n")).toContain("fulfilment or access, or remove access");
    await world.all("UPDATE access_products SET delivery_enabled = 0");
    world.skew(10);
    expect((await read()).contract.summary).toMatch(/Product files are private\.$/);
  });
});
