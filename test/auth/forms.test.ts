import { expect, test } from "vitest";
import { FORM_TOKEN, isSameOrigin, openForms } from "../../src/auth/forms.ts";
import { openKeys } from "../../src/auth/keys.ts";
import { openSecrets } from "../../src/base/secrets.ts";

const ORIGIN = "https://shop.example";
const SECRET = "a-secret-of-this-test-a-secret-of-this-1";
const forms = openForms(openKeys(openSecrets([SECRET])), ORIGIN);
const request = (headers: Record<string, string> = {}) => new Request(`${ORIGIN}/account`, { headers });
const ours = { "Sec-Fetch-Site": "same-origin" };
const form = (token: string) => new URLSearchParams({ [FORM_TOKEN]: token });

test("a request is ours by what the browser says of it, else by its origin, and not without either", () => {
  const cases: [Record<string, string>, boolean][] = [
    [{ "Sec-Fetch-Site": "same-origin" }, true],
    [{ "Sec-Fetch-Site": "same-origin", Origin: "null" }, true],
    [{ "Sec-Fetch-Site": "same-site", Origin: ORIGIN }, false],
    [{ "Sec-Fetch-Site": "cross-site", Origin: ORIGIN }, false],
    [{ "Sec-Fetch-Site": "none", Origin: ORIGIN }, false],
    [{ "Sec-Fetch-Site": "", Origin: ORIGIN }, false],
    [{ Origin: ORIGIN }, true],
    [{ Origin: `${ORIGIN}.evil.example` }, false],
    [{ Origin: "http://shop.example" }, false],
    [{ Origin: "null" }, false],
    [{}, false],
  ];
  for (const [headers, same] of cases) {
    expect([headers, isSameOrigin(request(headers), ORIGIN)]).toEqual([headers, same]);
  }
});

test("a session's token is good for that session alone, from a page of ours", () => {
  const session = { sessionId: "session-1" };
  const { token, cookie } = forms.issue(request(), session);
  expect(cookie).toBeUndefined();
  expect(forms.accepts(request(ours), form(token), session)).toBe(true);
  expect(forms.accepts(request(), form(token), session)).toBe(false);
  expect(forms.accepts(request(ours), form(token), { sessionId: "session-2" })).toBe(false);
  expect(forms.accepts(request(ours), form(token))).toBe(false);
  for (const other of ["", `${token}x`, token.slice(1)]) {
    expect(forms.accepts(request(ours), form(other), session)).toBe(false);
  }
  expect(forms.accepts(request(ours), new URLSearchParams(), session)).toBe(false);
  // A token for one session is none for a browser that calls itself so.
  expect(forms.accepts(request({ ...ours, Cookie: "__Host-commerce.form=session-1" }), form(token))).toBe(false);
});

test("before there is a session the token belongs to the browser, by a cookie that no script and no sibling site sets", () => {
  const { token, cookie = "" } = forms.issue(request());
  expect(cookie).toMatch(/^__Host-commerce\.form=[\w-]{22}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=86400; Secure$/);
  const [pair = ""] = cookie.split(";");
  const back = (cookies: string) => request({ ...ours, Cookie: cookies });
  for (const cookies of [pair, `other=1; ${pair}`, `a=b;${pair}; c=d`]) {
    expect([cookies, forms.accepts(back(cookies), form(token))]).toEqual([cookies, true]);
    // A browser that has one keeps it: a second tab does not spoil the form in the first.
    expect(forms.issue(back(cookies))).toEqual({ token });
  }
  for (const cookies of ["", "other=1", `x${pair}`, pair.replace("__Host-", ""), `${pair}x`]) {
    expect([cookies, forms.accepts(back(cookies), form(token))]).toEqual([cookies, false]);
  }
  expect(forms.issue(request()).token).not.toBe(token);
});

test("on a plain http address, as in development, the cookie is one that a browser takes", () => {
  const plain = openForms(openKeys(openSecrets([SECRET])), "http://localhost:8410");
  expect(plain.issue(request()).cookie).toMatch(
    /^commerce\.form=[\w-]{22}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=86400$/,
  );
});

test("a token outlives the rotation of the secret, and not its end", () => {
  const session = { sessionId: "session-1" };
  const { token } = forms.issue(request(), session);
  const next = "another-secret-of-this-test-another-one-1";
  expect(openForms(openKeys(openSecrets([next, SECRET])), ORIGIN).accepts(request(ours), form(token), session)).toBe(
    true,
  );
  expect(openForms(openKeys(openSecrets([next])), ORIGIN).accepts(request(ours), form(token), session)).toBe(false);
});
