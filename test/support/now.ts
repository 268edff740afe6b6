/**
 * Where every clock of a test stands until the test moves it. It lies ahead of the machine's: the token store counts
 * by the machine's clock, and refuses to keep what would already have expired.
 */
export const NOW = Date.parse("2031-03-12T12:00:00.000Z");
