import { readFileSync, writeFileSync } from "node:fs";

const UNKNOWN = "unknown-to-the-server";

const ACCESS = /(\\?"access_?token\\?":\s*\\?")[^"\\]+/gi;
const REFRESH = /(\\?"refresh_?token\\?":\s*\\?")[^"\\]+/gi;
const CLIENT = /(\\?"client_?id\\?":\s*\\?")[^"\\]+/gi;
/** Clients that look at the clock refresh before they send the token. */
const EXPIRY = /("expires_?at":\s*)(\d+)/gi;

/**
 * Gives the files in which a client keeps its tokens, whichever way they spell them, an access token that has ended.
 * Throws where none of them has one: the step would show nothing.
 */
export function endToken(paths: readonly string[]): void {
  const edit = openStore(paths);
  edit.replace("access token", ACCESS, `$1${UNKNOWN}`);
  edit.save((text) =>
    text.replace(EXPIRY, (_, name: string, at: string) => `${name}${at.length > 11 ? "1000000000000" : "1000000000"}`),
  );
}

/** Gives them a registration and a grant that the server does not know. Throws where one of the two is missing. */
export function forgetClient(paths: readonly string[]): void {
  const edit = openStore(paths);
  edit.replace("access token", ACCESS, `$1${UNKNOWN}`);
  edit.replace("refresh token", REFRESH, `$1a:b:${UNKNOWN}`);
  edit.replace("client id", CLIENT, `$1${UNKNOWN}`);
  edit.save();
}

function openStore(paths: readonly string[]) {
  const texts = new Map(paths.map((path) => [path, readFileSync(path, "utf8")]));
  return {
    replace(what: string, pattern: RegExp, by: string) {
      let found = false;
      for (const [path, text] of texts) {
        found ||= text.search(pattern) >= 0;
        texts.set(path, text.replace(pattern, by));
      }
      if (!found) throw new Error(`its store has no ${what}`);
    },
    save(more: (text: string) => string = (text) => text) {
      for (const [path, text] of texts) writeFileSync(path, more(text));
    },
  };
}
