/** The figures that a test has for a line of `test/REPORT.md` or `test/BENCH.md`. The name of a figure says its unit. */
export interface Figures {
  /** Figures that are added up over tests and parts. */
  readonly counts?: Readonly<Record<string, number>>;
  /** Figures of which the largest stays. */
  readonly worst?: Readonly<Record<string, number>>;
  /** Figures of which the latest stays. */
  readonly values?: Readonly<Record<string, number | string>>;
  /** Tables below the summary, by their heading. A row replaces an earlier one with the same first cell. */
  readonly tables?: Readonly<Record<string, Table>>;
  /** Goals that were missed, each with its case. They fail no test, and the line does not hold. */
  readonly misses?: readonly string[];
}

/** A table of a paper. */
export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
}

/** Figures of one test, by line, as they stand in the `meta` of its task. */
export type Told = Readonly<Record<string, Figures>>;

/** Hands figures of a line to the reporter. A test calls it at most once for a line, after its last assertion. */
export function tell(task: { readonly meta: object }, line: string, figures: Figures): void {
  const meta = task.meta as { told?: Told };
  if (meta.told?.[line]) throw new Error(`this test has told its figures of ${line} already`);
  meta.told = { ...meta.told, [line]: figures };
}
