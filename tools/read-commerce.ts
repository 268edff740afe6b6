import * as z from "zod";
import { startOfReading } from "../src/commerce/public-lists.ts";
import { defineReadTool } from "../src/kernel/read-tool.ts";

/** The resources, for clients that can call tools and nothing else. */
export const readCommerce = defineReadTool({
  name: "read_commerce",
  title: "Read commerce",
  description: (parts) =>
    `Read a commerce:// resource. Start with ${startOfReading(parts)}${parts.has("offers") ? ", then commerce://offers/{offerId}" : ""}.`,
  public: true,
  resourceOf: (args) => z.object({ uri: z.string() }).safeParse(args).data?.uri,
  input: z.strictObject({ uri: z.string().max(2000).describe("commerce://…") }),
  output: z.object({ uri: z.string(), content: z.record(z.string(), z.unknown()) }),
  run: async ({ input: { uri }, actor, ctx }) => ({
    uri,
    content: actor ? await ctx.readResource(uri, actor) : (await ctx.readPublic(uri)).content,
  }),
});
