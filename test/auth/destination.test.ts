import { expect, test } from "vitest";
import { destinationOf } from "../../src/auth/destination.ts";

test("a code goes to a site, to the person's computer, or to a program of its own scheme", () => {
  expect(destinationOf("https://claude.ai/api/mcp/auth_callback")).toEqual({ kind: "site", host: "claude.ai" });
  for (const host of ["localhost:6543", "127.0.0.1:33418", "[::1]:8080"]) {
    expect(destinationOf(`http://${host}/callback`)).toEqual({ kind: "computer", host });
  }
  for (const scheme of ["cursor", "vscode", "vscode-insiders", "com.example.app"]) {
    expect(destinationOf(`${scheme}://callback`)).toEqual({ kind: "program", scheme });
  }
});

/** What a browser runs, another protocol's server receives, or a system acts on. */
const NO_CLIENT_OF_OURS = `
  about: blob: cid: data: feed: file: filesystem: jar: javascript: livescript: mhtml: mid: mocha: res: resource:
  vbscript: view-source: wyciwyg:
  afp: dav: davs: dict: ftp: ftps: git: gopher: imap: ipfs: ipns: irc: ircs: ldap: ldaps: magnet: news: nfs: nntp: pop:
  rdp: rlogin: rtsp: sftp: smb: ssh: svn: telnet: tftp: tn3270: urn: vnc: ws: wss:
  android-app: app-settings: applescript: bitcoin: callto: content: ethereum: facetime: facetime-audio: geo: hcp: help:
  imessage: intent: lightning: mailto: maps: market: message: mms: mmsto: payto: prefs: search: shell: shortcuts: sip:
  sips: skype: sms: smsto: steam: tel: upi: webcal: windowsdefender: xmpp:
  brave: chrome-extension: edge: ext+mail: firefox: googlechrome: itms-apps: microsoft-edge: moz-extension: ms-settings:
  opera: safari: search-ms: vivaldi: web+shop: x-apple.systempreferences: c:
`
  .trim()
  .split(/\s+/);

test.each(NO_CLIENT_OF_OURS)("%s gets no code", (scheme) => {
  expect(destinationOf(`${scheme}//callback`)).toBeUndefined();
  expect(destinationOf(`${scheme.toUpperCase()}//callback`)).toBeUndefined();
});

test.each([
  ["remote http", "http://shop.example.com/callback"],
  ["a loopback address that goes on", "http://127.0.0.1.example.com/callback"],
  ["a name and a password", "https://person:secret@example.com/callback"],
  ["a fragment", "https://example.com/callback#code"],
  ["a blank", "https://example.com/call back"],
  ["no address", "callback"],
])("%s gets no code", (_what, uri) => {
  expect(destinationOf(uri)).toBeUndefined();
});
