/** Looks until what is seen fits. The time limit of the test is the end; a looker that outlives it stops on its own. */
export async function until<T>(look: () => T | Promise<T>, fits: (seen: T) => boolean = Boolean): Promise<T> {
  for (let tries = 0; tries < 6000; tries++) {
    const seen = await look();
    if (fits(seen)) return seen;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error("it never came");
}
