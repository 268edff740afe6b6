/**
 * `Content-Disposition` of a file that is saved and never shown in place (RFC 6266). The name stands twice: in ASCII for old
 * clients, and whole in UTF-8 (RFC 8187), where every other byte is escaped. No quote, control or line end gets out.
 */
export function attachment(fileName: string): string {
  const whole = fileName.toWellFormed();
  const name = encodeURIComponent(whole).replace(
    /['()*]/g,
    (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${inAscii(whole)}"; filename*=UTF-8''${name}`;
}

/** The name without what a quoted string, a file system or an old client could misread. */
function inAscii(name: string): string {
  const plain = name.replace(/[^A-Za-z0-9 ._()+,&@-]+/g, "_");
  const ending = /\.[A-Za-z0-9]+$/.exec(plain)?.[0] ?? "";
  const stem = plain.slice(0, plain.length - ending.length);
  return /[A-Za-z0-9]/.test(stem) ? plain : `file${ending}`;
}
