import * as z from "zod";

/** Stands in for better-auth's list of sign-in providers: people sign in with a password here (see `[alias]` in wrangler.toml). */
export const socialProviders = {};
export const SocialProviderListEnum = z.never();
