/** Most characters of a passkey's name. */
export const NAME_MAX = 60;

/** Systems by a word of their browsers' own description; an iPad and an Android phone also say the words below them. */
const SYSTEMS = ["iPhone", "iPad", "Android", "Windows", "Mac", "Linux"];

/** The name of a passkey that its person has not named: the system that it was made on. */
export function defaultName(request: Request): string {
  const agent = request.headers.get("User-Agent") ?? "";
  const system = SYSTEMS.find((word) => agent.includes(word));
  return system ? `Passkey made on ${system}` : "Passkey";
}
