import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import type { JSONRPCMessage, Transport } from "@modelcontextprotocol/client";

/** JSON-RPC in lines over a running program's standard input and output. */
export class LineTransport implements Transport {
  onmessage?: Transport["onmessage"];
  onclose?: Transport["onclose"];
  onerror?: Transport["onerror"];
  readonly #child: ChildProcess;

  constructor(child: ChildProcess) {
    this.#child = child;
  }

  async start(): Promise<void> {
    const { stdout } = this.#child;
    if (!stdout) throw new Error("the program has no standard output");
    createInterface({ input: stdout }).on("line", (line) => {
      if (line.startsWith("{")) this.onmessage?.(JSON.parse(line) as JSONRPCMessage);
    });
    this.#child.on("close", () => this.onclose?.());
  }

  async send(message: unknown): Promise<void> {
    this.#child.stdin?.write(`${JSON.stringify(message)}\n`);
  }

  async close(): Promise<void> {
    this.#child.stdin?.end();
  }
}
