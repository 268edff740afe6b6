import { invalidInput } from "../../base/problem.ts";
import { holdsProviderValue } from "../../base/redaction.ts";
import { type ContentType, FILE_TYPES } from "./file-types.ts";

const MAX_LENGTH = 120;
/** Letters and digits of any script, and marks without a meaning to file systems, headers and shells. */
const NAME = /^[\p{L}\p{N}][\p{L}\p{M}\p{N} ._()+,&@-]*$/u;

/**
 * Throws `invalid_input` for a path, a control, invisible or bidirectional character, and another ending than the type's.
 * The name is refused and never corrected, so that the stored name is the confirmed one.
 */
export function assertFileName(fileName: string, contentType: ContentType): void {
  const refuse = (rule: string) => invalidInput("fileName", rule);
  if (fileName.length > MAX_LENGTH) throw refuse(`must have at most ${MAX_LENGTH} characters`);
  if (!NAME.test(fileName) || /\p{Default_Ignorable_Code_Point}/u.test(fileName) || fileName.includes("..")) {
    throw refuse(
      "must be a plain name: letters, digits, spaces and . _ ( ) + , & @ -, starting with a letter or digit",
    );
  }
  if (fileName !== fileName.normalize("NFC")) throw refuse("must be in Unicode's composed form (NFC)");
  if (holdsProviderValue(fileName)) throw refuse("must not look like an identifier of a payment provider");
  const { extensions } = FILE_TYPES[contentType];
  const lower = fileName.toLowerCase();
  if (!extensions.some((extension) => lower.endsWith(`.${extension}`) && lower.length > extension.length + 1)) {
    throw refuse(`must end with .${extensions.join(" or .")} for ${contentType}`);
  }
}
