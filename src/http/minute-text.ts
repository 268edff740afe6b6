/** An instant, to the minute, in UTC. */
export const minuteText = (at: number): string => `${new Date(at).toISOString().slice(0, 16).replace("T", " ")} UTC`;
