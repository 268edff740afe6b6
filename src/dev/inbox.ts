import { createServer } from "node:http";
import { inboxPage, type Mailed } from "./inbox-page.ts";
import { foreignCall } from "./stripe-sandbox/own-pages.ts";

/** Mail that a local server sent, kept while it runs. */
export interface Inbox {
  /** Where the server posts messages, and where a person reads them. */
  readonly url: string;
  stop(): void;
}

const KEEP = 100;
const MAX_CHARACTERS = 64 * 1024;

/** Starts the inbox of `npm run dev`: it sends no mail on, and the page at its address shows each message that it received. */
export async function startInbox(port: number): Promise<Inbox> {
  const mails: Mailed[] = [];
  const url = `http://localhost:${port}`;
  const server = createServer(async (request, response) => {
    const { host, origin, "sec-fetch-site": site } = request.headers;
    const refused = foreignCall({ method: request.method ?? "", host, origin, site: site?.toString() }, url);
    if (refused) {
      response.writeHead(403, { "Content-Type": "text/plain" }).end(refused);
      return;
    }
    if (request.method === "POST" && request.url === "/messages") {
      let body = "";
      for await (const chunk of request) if (body.length < MAX_CHARACTERS) body += chunk;
      const message = readMessage(body);
      if (!message) {
        response.writeHead(400).end();
        return;
      }
      mails.unshift({ ...message, at: new Date() });
      mails.length = Math.min(mails.length, KEEP);
      response.writeHead(204).end();
      return;
    }
    response.writeHead(200, { "Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store" });
    response.end(inboxPage(mails));
  });
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(port, "localhost", resolve));
  return {
    url,
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** The message in a body; undefined where it is none, so that no caller ends the process. */
function readMessage(body: string): Omit<Mailed, "at"> | undefined {
  try {
    const { to, subject, text } = JSON.parse(body) as Record<string, unknown>;
    return { to: String(to), subject: String(subject), text: String(text) };
  } catch {
    return undefined;
  }
}
