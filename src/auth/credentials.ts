import * as z from "zod";
import { NAME_MAX } from "./passkey-name.ts";

/** The least and the most characters of a password. */
export const PASSWORD_MIN = 10;
export const PASSWORD_MAX = 128;

/** Text that D1 stores as it is: no lone surrogates, no control characters. */
const plain = (max: number, what: string) =>
  z
    .string(`${what} is missing.`)
    .max(max, `${what} is longer than ${max} characters.`)
    .refine((text) => text.isWellFormed() && !/\p{Cc}/u.test(text), `${what} has characters that can't be used.`);

const email = plain(254, "The e-mail address")
  .trim()
  .toLowerCase()
  .pipe(z.email("That is not an e-mail address. It looks like name@example.com."));

/** The fields of sign-in, on the page and at the JSON door. */
export const signInFields = z.object({
  email,
  password: plain(PASSWORD_MAX, "The password").min(1, "The password is missing."),
});

const newPassword = plain(PASSWORD_MAX, "The password").min(PASSWORD_MIN, `Use at least ${PASSWORD_MIN} characters.`);

/** The fields of sign-up. */
export const signUpFields = z.object({
  name: plain(100, "The name").trim().min(1, "The name is missing."),
  email,
  password: newPassword,
  /** The token of an invitation or of a mailed link. */
  invitation: plain(100, "The invitation").optional(),
});

/** The fields of the owner's set-up. */
export const ownerFields = signUpFields.omit({ invitation: true });

/** The fields of a password change. */
export const changeFields = z.object({ present: signInFields.shape.password, password: newPassword });

/** The fields of a password reset. */
export const resetFields = z.object({ password: newPassword });

/** The name of a passkey. */
export const passkeyNameFields = z.object({ name: plain(NAME_MAX, "The name").trim() });

/** The fields of a request for a mailed link. */
export const addressFields = z.object({ email });
