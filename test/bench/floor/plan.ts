/** What our Worker did for one call: its round trips to D1, and its answer. */
export interface Plan {
  /** Each round trip is one batch of statements; a statement names its text by its number. */
  readonly trips: readonly (readonly { readonly sql: number; readonly values: readonly unknown[] }[])[];
  readonly answer: {
    readonly status: number;
    readonly headers: readonly (readonly [string, string])[];
    readonly body: string;
  };
}

/** What the floor Worker is given. A plan is JSON: a thousand of them as text take little of its memory. */
export interface Plans {
  /** The texts of all statements. */
  readonly statements: readonly string[];
  readonly plans: Readonly<Record<string, string>>;
}

/** The members of a message that name its plan. */
export interface PlannedCall {
  readonly method: string;
  readonly params?: { readonly uri?: string; readonly arguments?: { readonly idempotencyKey?: string } };
}

/** The name of a call's plan: its idempotency key, else its document, else its method. */
export const planKey = ({ method, params }: PlannedCall): string =>
  params?.arguments?.idempotencyKey ?? params?.uri ?? method;
