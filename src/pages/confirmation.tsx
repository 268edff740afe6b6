import { Field } from "./form-parts.tsx";

/** The name of the field into which a person types the exact text, as the envelope of a write calls it. */
export const CONFIRMATION = "confirmationText";

/** The field for the exact text; `error` says why the text before was refused. */
export const ConfirmationField = ({ error }: { error: string | undefined }) => (
  <Field name={CONFIRMATION} label="Confirmation" autocomplete="off" error={error} />
);

/** What a person typed. A form without the text counts as a wrong text, since its page has asked for it. */
export const typedText = (fields: URLSearchParams): string => fields.get(CONFIRMATION) ?? "";
