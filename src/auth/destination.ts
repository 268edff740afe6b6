/** Where an authorization code goes, as far as its redirect URI shows it. */
export type Destination =
  /** A site, reached over https. */
  | { readonly kind: "site"; readonly host: string }
  /** An http server on the person's own computer. */
  | { readonly kind: "computer"; readonly host: string }
  /** A program on the person's own computer that has claimed the scheme (RFC 8252 section 7.1). */
  | { readonly kind: "program"; readonly scheme: string };

/** Schemes that a browser runs or shows itself. */
const OF_BROWSERS = [
  ...["about", "blob", "cid", "data", "feed", "file", "filesystem", "jar", "javascript", "livescript", "mhtml", "mid"],
  ...["mocha", "res", "resource", "vbscript", "view-source", "wyciwyg"],
];
/** Schemes of other protocols, whose servers would be sent the code. */
const OF_PROTOCOLS = [
  ...["afp", "dav", "davs", "dict", "ftp", "ftps", "git", "gopher", "http", "imap", "ipfs", "ipns", "irc", "ircs"],
  ...["ldap", "ldaps", "magnet", "news", "nfs", "nntp", "pop", "rdp", "rlogin", "rtsp", "sftp", "smb", "ssh", "svn"],
  ...["telnet", "tftp", "tn3270", "urn", "vnc", "ws", "wss"],
];
/** Schemes with which a system calls, writes, pays, installs, or opens what the rest of the address names. */
const OF_SYSTEMS = [
  ...["android-app", "app-settings", "applescript", "bitcoin", "callto", "content", "ethereum", "facetime"],
  ...["facetime-audio", "geo", "hcp", "help", "imessage", "intent", "lightning", "mailto", "maps", "market"],
  ...["message", "mms", "mmsto", "payto", "prefs", "search", "shell", "shortcuts", "sip", "sips", "skype"],
  ...["sms", "smsto", "steam", "tel", "upi", "webcal", "windowsdefender", "xmpp"],
];
const REFUSED: ReadonlySet<string> = new Set([...OF_BROWSERS, ...OF_PROTOCOLS, ...OF_SYSTEMS]);
/**
 * Families of the same: pages and extensions of browsers, handlers of Windows and Apple systems. Any site can claim a
 * `web+` scheme, and any extension an `ext+` one.
 */
const REFUSED_FAMILIES =
  /^(brave|chrome|edge|ext\+|firefox|googlechrome|itms|microsoft-|moz-|ms-|opera|safari|search-|vivaldi|web\+|x-apple)/;

/**
 * The destination of a redirect URI; undefined for one that gets no code. Remote `http` gives the code to the network, and
 * a scheme of a browser, a protocol or a system belongs to no OAuth client.
 */
export function destinationOf(redirectUri: string): Destination | undefined {
  if (!/^[\x21-\x7e]+$/.test(redirectUri) || redirectUri.includes("#") || !URL.canParse(redirectUri)) return undefined;
  const { protocol, hostname, host, username, password } = new URL(redirectUri);
  if (username || password) return undefined;
  const scheme = protocol.slice(0, -1);
  if (scheme === "https" || scheme === "http") {
    if (isLoopback(hostname)) return { kind: "computer", host };
    return scheme === "https" ? { kind: "site", host } : undefined;
  }
  // One letter is a drive to Windows.
  if (scheme.length < 2 || REFUSED.has(scheme) || REFUSED_FAMILIES.test(scheme)) return undefined;
  return { kind: "program", scheme };
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(hostname);
}
