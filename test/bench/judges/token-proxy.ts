import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";

/** Passes requests on to a server and adds a token to those without one, for a judge that takes no headers. */
export async function openTokenProxy(origin: string, token: string) {
  const { hostname, port, host } = new URL(origin);
  let own = "";
  const proxy = createServer((asked, answer) => {
    // A request for another host stays one: a judge tries it.
    const headers = {
      authorization: `Bearer ${token}`,
      ...asked.headers,
      host: asked.headers.host?.replace(own, host),
    };
    const passed = request({ hostname, port, path: asked.url, method: asked.method, headers }, (given) => {
      answer.writeHead(given.statusCode ?? 502, given.headers);
      given.pipe(answer);
    });
    passed.on("error", () => answer.destroy());
    answer.on("close", () => passed.destroy());
    asked.pipe(passed);
  });
  await new Promise<void>((listening) => proxy.listen(0, "localhost", listening));
  own = `localhost:${(proxy.address() as AddressInfo).port}`;
  return { origin: `http://${own}`, close: () => proxy.close() };
}
