import { visibleText } from "../pages/untrusted-text.ts";
import type { AskedFilter, ChoiceGroup, FilterForm as Form } from "./orders-filter.ts";
import { LONGEST_SEARCH } from "./orders-search.ts";

/** The search for an order; it works without a script, as the filter does. */
export function SearchForm({ typed }: { typed: string }) {
  return (
    <search>
      <form method="get" action="/owner/orders">
        <label for="q">Find an order</label>
        <input
          id="q"
          name="q"
          type="search"
          value={visibleText(typed.slice(0, LONGEST_SEARCH).toWellFormed())}
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          aria-describedby="q-hint"
        />
        <small id="q-hint" class="soft">
          By its number, its id, an e-mail address or an amount.
        </small>
        <div class="actions">
          <button type="submit">Find</button>
        </div>
      </form>
    </search>
  );
}

/** The filter of the list: one at a time, with the days in which an order was started. */
export function FilterForm({
  form,
  groups,
  faults,
}: {
  form: Form;
  groups: readonly ChoiceGroup[];
  faults: AskedFilter["faults"];
}) {
  const describedFault = (name: keyof Form) =>
    faults[name] ? { "aria-invalid": "true", "aria-describedby": `${name}-error` } : {};
  return (
    <form method="get" action="/owner/orders" class="filter">
      <div>
        <label for="filter">Show</label>
        <select id="filter" name="filter" {...describedFault("filter")}>
          <option value="">All orders</option>
          {groups.map(({ name, label, choices }) => (
            <optgroup label={label}>
              {choices.map((choice) => {
                const value = `${name}:${choice.value}`;
                return (
                  <option value={value} selected={form.filter === value}>
                    {choice.label}
                  </option>
                );
              })}
            </optgroup>
          ))}
        </select>
        <Fault of={faults} name="filter" />
      </div>
      {(["from", "to"] as const).map((name) => (
        <div>
          <label for={name}>{name === "from" ? "From" : "To"}</label>
          <input
            id={name}
            name={name}
            type="date"
            value={faults[name] ? "" : form[name]}
            autocomplete="off"
            {...describedFault(name)}
          />
          <Fault of={faults} name={name} />
        </div>
      ))}
      <div class="actions">
        <button type="submit">Show</button>
      </div>
    </form>
  );
}

function Fault({ of, name }: { of: AskedFilter["faults"]; name: keyof Form }) {
  if (!of[name]) return null;
  return (
    <p id={`${name}-error`} class="error" role="alert">
      {of[name]}
    </p>
  );
}
