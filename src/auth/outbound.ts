import { AsyncLocalStorage } from "node:async_hooks";

type Fetch = typeof globalThis.fetch;
/** A fetch that a door lets its library make; `beneath` is the platform's. */
export type Outbound = (url: string, init: RequestInit | undefined, beneath: Fetch) => Promise<Response>;

const doors = new AsyncLocalStorage<Outbound>();
const wrappers = new WeakSet<Fetch>();

/**
 * Runs `run` with every fetch in it made by `outbound`. The OAuth library fetches documents and keys that a stranger names
 * and has no hook for it, so the global `fetch` asks which door it is called behind. Behind none it is the platform's.
 */
export function fetchingBy<T>(outbound: Outbound, run: () => Promise<T>): Promise<T> {
  const beneath = globalThis.fetch;
  if (!wrappers.has(beneath)) {
    const fetchOfTheDoor: Fetch = (input: RequestInfo | URL, init?: RequestInit) => {
      const door = doors.getStore();
      if (!door) return beneath(input, init);
      const url = input instanceof Request ? input.url : String(input);
      return door(url, init, (...call: Parameters<Fetch>) => doors.exit(() => beneath(...call)));
    };
    wrappers.add(fetchOfTheDoor);
    globalThis.fetch = fetchOfTheDoor;
  }
  return doors.run(outbound, run);
}
