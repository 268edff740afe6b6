/** Most characters of a passkey's name. */
export const NAME_MAX = 60;

/** Words for systems in a `User-Agent`. The order counts: an iPhone and iPad also say Mac, and Android says Linux. */
const SYSTEMS = ["iPhone", "iPad", "Android", "Windows", "Mac", "Linux"];

/** The name of a passkey that its person has not named: the system that it was made on. */
export function defaultName(request: Request): string {
  const agent = request.headers.get("User-Agent") ?? "";
  const system = SYSTEMS.find((word) => agent.includes(word));
  return system ? `Passkey made on ${system}` : "Passkey";
}
