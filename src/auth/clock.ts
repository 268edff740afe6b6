/** Where the time comes from; tests bring their own. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
}
