import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import Stripe from "stripe";
import { SECRET_KEY, WEBHOOK_SECRET } from "./start.ts";

/** A webhook endpoint that checks each signature as Stripe's client does, and answers 200 unless told otherwise. */
export async function startReceiver() {
  const stripe = new Stripe(SECRET_KEY);
  const events: Stripe.Event[] = [];
  const state = { status: 200 };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", async () => {
      const signature = String(request.headers["stripe-signature"]);
      // The sandbox's clock may have been moved, so any age is taken.
      const event = await stripe.webhooks.constructEventAsync(
        Buffer.concat(chunks).toString("utf8"),
        signature,
        WEBHOOK_SECRET,
        Number.MAX_SAFE_INTEGER,
      );
      events.push(event);
      response.writeHead(state.status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/webhook`,
    events,
    types: () => events.map((event) => event.type),
    answerWith(status: number) {
      state.status = status;
    },
    forget() {
      events.length = 0;
      state.status = 200;
    },
    stop: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}
