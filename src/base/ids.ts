/** Ids of ours: a word and a UUID, never in the shape of a provider's. */
export interface Ids {
  next(kind: string): string;
}

export const randomIds: Ids = { next: (kind) => `${kind}-${crypto.randomUUID()}` };
