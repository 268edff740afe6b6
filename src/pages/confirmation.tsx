import { Field } from "./form-parts.tsx";
import { differenceWords } from "./text-difference.ts";

/** The name of the field into which a person types the exact text, as the envelope of a write calls it. */
export const CONFIRMATION = "confirmationText";

/** A text that was refused, and the exact one. */
export interface RefusedText {
  readonly typed: string;
  readonly exact: string;
}

/** The field for the exact text. After a refusal it keeps what was typed, and says where that differs. */
export const ConfirmationField = ({ refused }: { refused: RefusedText | undefined }) => (
  <Field
    name={CONFIRMATION}
    label="Confirmation"
    autocomplete="off"
    exact
    value={refused?.typed ?? ""}
    error={refused && `That is not the exact text above. ${differenceWords(refused.typed, refused.exact)}`}
  />
);

/** What a person typed, without the blanks at its ends. A form without the text counts as a wrong text, since its page has asked for it. */
export const typedText = (fields: URLSearchParams): string =>
  (fields.get(CONFIRMATION) ?? "").replaceAll(/^[ \t\r\n]+|[ \t\r\n]+$/g, "");
