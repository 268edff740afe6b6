/** Makes our ids: a kind, a hyphen and a UUID. A provider's ids have underscores, so the two are told apart. */
export interface Ids {
  next(kind: string): string;
}

export const randomIds: Ids = { next: (kind) => `${kind}-${crypto.randomUUID()}` };

/** True for an id that `next` made for this kind, or for a kind that begins with it and a hyphen. */
export const isOfKind = (id: string, kind: string) => id.startsWith(`${kind}-`);
