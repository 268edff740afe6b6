import { Agent, request } from "node:http";

/** A request as its bytes go over the socket. */
export interface RawRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
}

/** An answer as it came. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** Sends requests over kept connections. `host` is the origin that the server is reached by, whichever port it listens on. */
export function openSender(url: URL, host: string, connections: number) {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  return {
    send: ({ method, path, headers, body }: RawRequest) =>
      new Promise<RawAnswer>((resolve, reject) => {
        const sent = request(
          {
            agent,
            host: url.hostname,
            port: url.port,
            method,
            path,
            headers: {
              ...headers,
              host,
              ...(body !== undefined && { "content-length": String(Buffer.byteLength(body)) }),
            },
          },
          (answer) => {
            const chunks: Buffer[] = [];
            answer.on("data", (chunk: Buffer) => chunks.push(chunk));
            answer.on("error", reject);
            answer.on("end", () =>
              resolve({
                status: answer.statusCode ?? 0,
                headers: answer.headers,
                body: Buffer.concat(chunks).toString("utf8"),
              }),
            );
          },
        );
        sent.on("error", reject);
        sent.end(body);
      }),
    close: () => agent.destroy(),
  };
}

export type Sender = ReturnType<typeof openSender>;

/** Runs `tasks` with so many at once, in their order, and answers what each gave. */
export async function atOnce<Given, Answer>(
  tasks: readonly Given[],
  many: number,
  run: (given: Given) => Promise<Answer>,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  let next = 0;
  const worker = async () => {
    while (next < tasks.length) {
      const at = next++;
      answers[at] = await run(tasks[at] as Given);
    }
  };
  await Promise.all(Array.from({ length: many }, worker));
  return answers;
}
