/** Sends one request without following redirects: a Worker in process, or a server at the other end of a socket. */
export type Send = (request: Request) => Promise<Response>;

/** The same over a socket. */
export const overSocket: Send = (request) => fetch(request);

/** E-mail address and password of an account. */
export interface Credentials {
  readonly email: string;
  readonly password: string;
}

/** A browser as far as our pages need one: cookies, forms, and the headers that prove a same-origin form. */
export interface Browser {
  get(path: string): Promise<Response>;
  /** Posts fields as a form of our own page would. */
  post(path: string, fields: Record<string, string | readonly string[]>, headers?: HeadersInit): Promise<Response>;
  /** Fills in the form of a page that posts to `action`, hidden fields included, and sends it. */
  submit(page: Response, action: string, fields: Record<string, string | readonly string[]>): Promise<Response>;
  readonly cookies: Map<string, string>;
}

/** A browser with no cookies yet, on the pages of one origin. */
export function openBrowser(send: Send, origin: string): Browser {
  const cookies = new Map<string, string>();
  const request = async (path: string, init: RequestInit = {}) => {
    const headers = new Headers(init.headers);
    if (cookies.size > 0) headers.set("Cookie", [...cookies].map((pair) => pair.join("=")).join("; "));
    const answer = await send(new Request(new URL(path, origin), { ...init, headers, redirect: "manual" }));
    for (const cookie of answer.headers.getSetCookie()) {
      const [pair = "", ...attributes] = cookie.split(";");
      const name = pair.slice(0, pair.indexOf("="));
      if (attributes.some((attribute) => /^\s*max-age=0$/i.test(attribute))) cookies.delete(name);
      else cookies.set(name, pair.slice(name.length + 1));
    }
    return answer;
  };
  const post: Browser["post"] = (path, fields, headers) => {
    const body = new URLSearchParams();
    for (const [name, value] of Object.entries(fields)) {
      for (const one of typeof value === "string" ? [value] : value) body.append(name, one);
    }
    return request(path, {
      method: "POST",
      body,
      headers: { Origin: origin, "Sec-Fetch-Site": "same-origin", ...headers },
    });
  };
  return {
    cookies,
    get: (path) => request(path),
    post,
    async submit(page, action, fields) {
      return post(action, { ...hiddenFields(await page.text(), action), ...fields });
    },
  };
}

/** Signs in through the sign-in page. */
export async function signIn(browser: Browser, { email, password }: Credentials): Promise<void> {
  const answer = await browser.submit(await browser.get("/sign-in"), "/sign-in", { email, password });
  if (answer.status !== 303) throw new Error(`sign-in was refused: ${answer.status} ${await answer.text()}`);
}

/** The hidden fields of the page's form that posts to `action`. */
export function hiddenFields(html: string, action: string): Record<string, string> {
  const form = [...html.matchAll(/<form[^>]*action="([^"]*)"[^>]*>(.*?)<\/form>/gs)].find(
    (found) => found[1] === action,
  );
  if (!form) throw new Error(`no form for ${action} in: ${html}`);
  const fields: Record<string, string> = {};
  for (const [input] of (form[2] ?? "").matchAll(/<input[^>]*type="hidden"[^>]*>/g)) {
    fields[attribute(input, "name")] = attribute(input, "value");
  }
  return fields;
}

/** The values of a page's check boxes that are ticked. */
export function tickedBoxes(html: string): string[] {
  const boxes = html.match(/<input[^>]*type="checkbox"[^>]*>/g) ?? [];
  return boxes.filter((box) => / checked/.test(box)).map((box) => attribute(box, "value"));
}

function attribute(tag: string, name: string): string {
  const value = new RegExp(`${name}="([^"]*)"`).exec(tag)?.[1] ?? "";
  return value
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");
}
