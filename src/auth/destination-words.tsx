import { Notice } from "../pages/form-parts.tsx";
import type { Destination } from "./destination.ts";

/** The destination in a sentence: a host, or the scheme that a program opens. */
export function DestinationName({ destination }: { destination: Destination }) {
  if (destination.kind !== "program") return <strong>{destination.host}</strong>;
  return (
    <>
      the program on this computer that opens <strong>{destination.scheme}:</strong> links
    </>
  );
}

/** What a person must know before access goes to their own computer. */
export function DestinationWarning({ destination }: { destination: Destination }) {
  switch (destination.kind) {
    case "site":
      return null;
    case "computer":
      return (
        <Notice>
          This gives access to an app on your own computer. Continue only if you have just started to sign in from it.
        </Notice>
      );
    case "program":
      return (
        <Notice>
          {`This gives access to a program on your own computer, by a ${destination.scheme}: link. Another program there could claim such links and get the access instead. Continue only if you have just started to sign in from it.`}
        </Notice>
      );
  }
}
