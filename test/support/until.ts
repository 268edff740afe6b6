/** Calls `look` until `fits` accepts its answer. The test's own time limit ends the wait; a forgotten wait stops by itself. */
export async function until<T>(look: () => T | Promise<T>, fits: (seen: T) => boolean = Boolean): Promise<T> {
  for (let tries = 0; tries < 6000; tries++) {
    const seen = await look();
    if (fits(seen)) return seen;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error("it never came");
}
