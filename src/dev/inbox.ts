import { createServer } from "node:http";
import { inboxPage, type Mailed } from "./inbox-page.ts";

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
  const server = createServer(async (request, response) => {
    if (request.method === "POST" && request.url === "/messages") {
      let body = "";
      for await (const chunk of request) if (body.length < MAX_CHARACTERS) body += chunk;
      const { to, subject, text } = JSON.parse(body) as Omit<Mailed, "at">;
      mails.unshift({ to, subject, text, at: new Date() });
      mails.length = Math.min(mails.length, KEEP);
      response.writeHead(204).end();
      return;
    }
    response.writeHead(200, { "Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store" });
    response.end(inboxPage(mails));
  });
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(port, "localhost", resolve));
  return {
    url: `http://localhost:${port}`,
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}
