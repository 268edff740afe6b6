/** What a test found out about a line of `test/REPORT.md` or `test/BENCH.md`. A name says its unit. */
export interface Figures {
  /** Over the parts of a run these are added up. */
  readonly counts?: Readonly<Record<string, number>>;
  /** Of these the largest stays. */
  readonly worst?: Readonly<Record<string, number>>;
  /** Of these the latest stays. */
  readonly values?: Readonly<Record<string, number | string>>;
  /** Lists for the end of the paper, by their heading. A row takes the place of an earlier one with the same first cell. */
  readonly tables?: Readonly<Record<string, Table>>;
  /** What does not hold although no test fails: a goal that was missed, with the case. */
  readonly misses?: readonly string[];
}

/** A table of a paper. */
export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
}

/** Figures of one test, by line, as they stand in the `meta` of its task. */
export type Told = Readonly<Record<string, Figures>>;

/**
 * Hands the figures of a line to the reporter. Call it once a test and line, after the last assertion; `task` is of the
 * test's context.
 */
export function tell(task: { readonly meta: object }, line: string, figures: Figures): void {
  const meta = task.meta as { told?: Told };
  if (meta.told?.[line]) throw new Error(`this test has told its figures of ${line} already`);
  meta.told = { ...meta.told, [line]: figures };
}
