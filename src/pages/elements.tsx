import type { Child } from "hono/jsx";
import { isBuyerId } from "../base/ids.ts";
import { isoTime, minuteText } from "../base/time.ts";
import { domainOf } from "./client-words.ts";

/** An instant, to the minute, in UTC as everything else here. */
export function When({ at }: { at: number }) {
  return <time datetime={isoTime(at)}>{minuteText(at)}</time>;
}

/** A person by name and address; who is no account is called by what is known of them. */
export function Who({ name, email, id }: { name: string | null; email: string | null; id?: string | null }) {
  if (email === null) return <>{id && isBuyerId(id) ? "the buyer, by their return link" : "nobody known"}</>;
  return (
    <>
      {name} <span class="soft">{email}</span>
    </>
  );
}

/** A client by the name under which it was let in, and by its domain where it is known by one. */
export function Client({ name, clientId }: { name: string | null; clientId: string | null }) {
  if (clientId === null) return <>none: on a page of ours</>;
  const domain = domainOf(clientId);
  return (
    <>
      {name ?? "a connection that has ended"}
      {domain && <span class="soft"> of {domain}</span>}
    </>
  );
}

/** Labels and values of one thing. */
export function Facts({ facts }: { facts: readonly (readonly [string, Child] | undefined | false)[] }) {
  return (
    <dl class="facts">
      {facts
        .filter((fact) => fact !== undefined && fact !== false)
        .map(([label, value]) => (
          <>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </>
        ))}
    </dl>
  );
}

/** A table that is a list of cards on a phone. The first cell of a row names it. */
export function Table(props: {
  label: string;
  head: readonly string[];
  rows: readonly (readonly Child[])[];
  empty: string;
}) {
  const { head, rows } = props;
  if (rows.length === 0) return <p class="soft">{props.empty}</p>;
  return (
    <table class="rows" aria-label={props.label}>
      <thead>
        <tr>
          {head.map((name) => (
            <th scope="col">{name}</th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(([first, ...cells]) => (
          <tr>
            <th scope="row" data-label={head[0]}>
              <span>{first}</span>
            </th>
            {cells.map((cell, index) => (
              <td data-label={head[index + 1]}>
                <span>{cell}</span>
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
