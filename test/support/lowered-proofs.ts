import { lowerProofsAt } from "./lowered-proofs-at.ts";
import { ORIGIN, OWNER, type World } from "./world.ts";

/**
 * The owner lowers their own rules to a text in the call, on the console's page: for tests of what a write does, which
 * send the text by every door.
 */
export const lowerProofs = (world: World): Promise<void> => lowerProofsAt(world.send, ORIGIN, OWNER);
