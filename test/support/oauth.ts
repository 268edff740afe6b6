/** The way to a token, as scripts of development and tests go it alike. */
export * from "../../src/dev/local/browser-session.ts";
export * from "../../src/dev/local/oauth-client.ts";
