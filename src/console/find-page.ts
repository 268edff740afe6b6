import { seeOther } from "../pages/see-other.ts";
import type { ConsolePage } from "./console-page.tsx";

/** The search for an operation: redirects to its page. */
export const findPage: ConsolePage = {
  path: "/owner/find",
  async show({ url, site: { ctx } }) {
    const id = url.searchParams.get("operation")?.trim() ?? "";
    return seeOther(ctx.publicUrl, `${ctx.publicUrl}/owner/operations/${encodeURIComponent(id)}`);
  },
};
