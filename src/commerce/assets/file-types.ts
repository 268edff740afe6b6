/** A media type, and how the first bytes of its files look. */
interface FileType {
  /** Endings of a name of this type, the usual one first. */
  readonly extensions: readonly string[];
  matches(head: Uint8Array): boolean;
  /** True for an archive: the files in it may hold markup. */
  readonly container?: true;
}

/** How many of the first bytes are checked. */
export const SNIFFED_BYTES = 4096;

const bytes = (...values: number[]) => ({ at: 0, values });
const ascii = (text: string, at = 0) => ({ at, values: [...text].map((character) => character.charCodeAt(0)) });
type Mark = ReturnType<typeof bytes>;

const has =
  (...marks: Mark[]) =>
  (head: Uint8Array) =>
    marks.every(({ at, values }) => values.every((value, index) => head[at + index] === value));

const zip = has(bytes(0x50, 0x4b, 0x03, 0x04));
const text = (...extensions: string[]): FileType => ({ extensions, matches: isText });

/** Every type that is stored. HTML, SVG and scripts are left out: a browser would run them. */
export const FILE_TYPES = {
  "application/pdf": { extensions: ["pdf"], matches: has(ascii("%PDF-")) },
  "application/zip": { extensions: ["zip"], matches: zip, container: true },
  // The first entry of an EPUB is its media type, uncompressed (EPUB OCF 3.3, section 4.3).
  "application/epub+zip": {
    extensions: ["epub"],
    matches: (head) => zip(head) && has(ascii("mimetypeapplication/epub+zip", 30))(head),
    container: true,
  },
  "image/png": { extensions: ["png"], matches: has(bytes(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)) },
  "image/jpeg": { extensions: ["jpg", "jpeg"], matches: has(bytes(0xff, 0xd8, 0xff)) },
  "image/gif": { extensions: ["gif"], matches: (head) => has(ascii("GIF87a"))(head) || has(ascii("GIF89a"))(head) },
  "image/webp": { extensions: ["webp"], matches: has(ascii("RIFF"), ascii("WEBP", 8)) },
  "audio/mpeg": { extensions: ["mp3"], matches: (head) => has(ascii("ID3"))(head) || isMpegLayer3(head) },
  "video/mp4": {
    extensions: ["mp4", "m4v"],
    matches: (head) => has(ascii("ftyp", 4))(head) && /^(iso[m2-9]|mp4[12]|avc1|M4V |dash)/.test(latin(head, 8, 12)),
  },
  "text/plain": text("txt"),
  "text/markdown": text("md", "markdown"),
  "text/csv": text("csv"),
} as const satisfies Record<string, FileType>;

export type ContentType = keyof typeof FILE_TYPES;

// A cast, since the type of Object.keys loses the names.
export const CONTENT_TYPES = Object.keys(FILE_TYPES) as [ContentType, ...ContentType[]];

/** Markup that a browser or a server would run, whatever type the file was announced as. */
const ACTIVE = /<(?:!doctype|html|head|body|script|svg|math|iframe|object|embed|meta|link|base|\?php|\?xml|%)/i;

/** Whether the first bytes fit the type and hold no markup that could run. `head` has up to `SNIFFED_BYTES`. */
export function isOfType(contentType: ContentType, head: Uint8Array): boolean {
  const type: FileType = FILE_TYPES[contentType];
  return type.matches(head) && (type.container === true || !ACTIVE.test(latin(head, 0, head.length)));
}

/** UTF-8 without control characters; where the file goes on, the last character may be cut. */
function isText(head: Uint8Array): boolean {
  try {
    const decoded = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(head, {
      stream: head.length === SNIFFED_BYTES,
    });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what text does not hold.
    return head.length > 0 && !/[\u0000-\u0008\u000b\u000e-\u001f\u007f]/.test(decoded);
  } catch {
    return false;
  }
}

/** A frame header of MPEG-1, -2 or -2.5 layer III with a possible bit rate and sampling rate (ISO/IEC 11172-3, 2.4.1.3). */
function isMpegLayer3(head: Uint8Array): boolean {
  const [first = 0, second = 0, third = 0] = head;
  return first === 0xff && (second & 0xe6) === 0xe2 && third >> 4 !== 0xf && ((third >> 2) & 3) !== 3;
}

/** One character for each byte. */
function latin(head: Uint8Array, from: number, to: number): string {
  return String.fromCharCode(...head.subarray(from, to));
}
