import { createAuthEndpoint } from "better-auth/api";
import { setSessionCookie } from "better-auth/cookies";
import * as z from "zod";

/** A library plugin that our own code calls: it sets the cookie of a session whose row we wrote. It has no route. */
export const sessionCookie = {
  id: "session-cookie",
  endpoints: {
    sessionCookie: createAuthEndpoint.serverOnly(
      { method: "POST", body: z.object({ token: z.string() }) },
      async (ctx) => {
        const found = await ctx.context.internalAdapter.findSession(ctx.body.token);
        if (!found) throw new Error("the session is gone");
        await setSessionCookie(ctx, found);
        return ctx.json({ userId: found.user.id });
      },
    ),
  },
};
