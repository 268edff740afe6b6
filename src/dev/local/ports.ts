import { createServer } from "node:net";
import { ScriptError } from "./run-script.ts";

/**
 * The ports of development, on each of which no agent waits for its own sign-in: Cursor does on 8787, which is also
 * wrangler's own.
 */
export const PORTS = { server: 8410, sandbox: 8411, inbox: 8412 } as const;

/** The address of the development server, unless another port was asked for. */
export const USUAL_URL = `http://localhost:${PORTS.server}`;

/** Throws when a server listens on the port. */
export async function assertFree(port: number): Promise<void> {
  if (!(await isFree(port)))
    throw new ScriptError(`Port ${port} is taken. Stop the program that listens there, or choose another port.`);
}

/** True when the port is free on both loopback addresses; a server may listen on one of them only. */
async function isFree(port: number): Promise<boolean> {
  for (const host of ["127.0.0.1", "::1"]) if (!(await canListen(port, host))) return false;
  return true;
}

/** Below the ports of outgoing connections: one of those could take a port between check and use. */
const [LOWEST, HIGHEST] = [20_000, 32_000];

/** A free port. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 50; tries++) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST));
    if (await isFree(port)) return port;
  }
  throw new ScriptError(`There is no free port between ${LOWEST} and ${HIGHEST}.`);
}

function canListen(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    // Without IPv6 the address `::1` does not exist, and no server listens on it.
    server.once("error", (error: NodeJS.ErrnoException) =>
      resolve(error.code !== "EADDRINUSE" && error.code !== "EACCES"),
    );
    server.listen(port, host, () => server.close(() => resolve(true)));
  });
}
