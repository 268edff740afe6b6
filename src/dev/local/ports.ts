import { createServer } from "node:net";
import { Told } from "./told.ts";

/** Whether nothing listens on the port, on either loopback address: a server may be on one of them only. */
export async function isFree(port: number): Promise<boolean> {
  for (const host of ["127.0.0.1", "::1"]) if (!(await canListen(port, host))) return false;
  return true;
}

/** Below what systems hand out to outgoing connections, which would take a port between the look and the use. */
const [LOWEST, HIGHEST] = [20_000, 32_000];

/** A port that is free now. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 50; tries++) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST));
    if (await isFree(port)) return port;
  }
  throw new Told(`There is no free port between ${LOWEST} and ${HIGHEST}.`);
}

function canListen(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    // A machine without IPv6 has no address there that could be taken.
    server.once("error", (error: NodeJS.ErrnoException) =>
      resolve(error.code !== "EADDRINUSE" && error.code !== "EACCES"),
    );
    server.listen(port, host, () => server.close(() => resolve(true)));
  });
}
