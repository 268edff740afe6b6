/** The number of the part that `npm run report` or `npm run bench` is at, from 1; undefined in the suite. */
export const partNumber: number | undefined = Number(process.env.TEST_PART) || undefined;

/** How much a test does: `ci` in the suite, `part` in each part of a report, which ends in a few minutes. */
export const size = ({ ci, part }: { ci: number; part: number }): number => (partNumber === undefined ? ci : part);
