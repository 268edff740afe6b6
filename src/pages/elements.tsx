import type { Child } from "hono/jsx";

/** Labels and values of one row. */
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

/** A table, which a phone shows as a list of cards. The first cell of a row names the row. */
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
