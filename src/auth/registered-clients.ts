import type { Clock } from "../base/time.ts";

/** A registration that no consent follows is kept for this long. */
const UNPROVEN_SECONDS = 24 * 60 * 60;
/** A consent page that is shown keeps its client at least this long: longer than the page can be answered. */
const SHOWN_SECONDS = 60 * 60;

/** What KV keeps beside a client's record until a person lets the client in. */
interface Unproven {
  /** The end of the registration, in epoch milliseconds. */
  readonly unprovenUntil: number;
}

/** Registrations in the token store, which end where no consent follows. */
export interface RegisteredClients {
  /** Options under which a new registration is stored. */
  begin(): KVNamespacePutOptions;
  /** Keeps a client whose consent page is shown until the page can't be answered any more. */
  hold(clientId: string): Promise<void>;
  /** Keeps a client for good, before the first grant of it is written. */
  keep(clientId: string): Promise<void>;
}

const PREFIX = "client:";

/** Whether a key of the token store is a registration's, in the library's layout. */
export const isRegistration = (key: string): boolean => key.startsWith(PREFIX);

/** Opens the registrations. `store` repeats a write that KV refuses as too early. */
export function openRegisteredClients(store: KVNamespace, clock: Clock): RegisteredClients {
  const until = (seconds: number): KVNamespacePutOptions => {
    const metadata: Unproven = { unprovenUntil: clock.now() + seconds * 1000 };
    return { expirationTtl: seconds, metadata };
  };
  /** Clients with a metadata document, and those that a person has let in, have no such record. */
  const unproven = async (clientId: string) => {
    const { value, metadata } = await store.getWithMetadata<Unproven>(PREFIX + clientId);
    return value !== null && metadata ? { value, ends: metadata.unprovenUntil } : undefined;
  };
  return {
    begin: () => until(UNPROVEN_SECONDS),
    async hold(clientId) {
      const found = await unproven(clientId);
      if (!found || found.ends - clock.now() >= SHOWN_SECONDS * 1000) return;
      await store.put(PREFIX + clientId, found.value, until(SHOWN_SECONDS));
    },
    async keep(clientId) {
      const found = await unproven(clientId);
      if (found) await store.put(PREFIX + clientId, found.value);
    },
  };
}
