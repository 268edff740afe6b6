import { Field } from "../pages/form-parts.tsx";
import type { Faults } from "./faults.ts";
import type { LimitStyle, LimitTexts } from "./limit-fields.ts";

interface FieldsView {
  readonly texts: LimitTexts;
  readonly style: LimitStyle;
  readonly errors: Faults["errors"] | undefined;
}

/** What a limit does, above its fields. */
export function LimitWords() {
  return (
    <>
      The app never pays: each checkout is a payment page, and you decide there. Over a limit you are asked before there
      is one. An empty field is no limit.
    </>
  );
}

/** The fields by which a person limits what an app may start without asking them. Each may stay empty. */
export function LimitFields({ texts, style: { currencies }, errors }: FieldsView) {
  const [only] = currencies;
  const one = currencies.length === 1 && only !== undefined;
  return (
    <>
      {currencies.length > 0 && (
        <Field
          name="mostAmount"
          label={one ? `Most of one checkout, in ${only.toUpperCase()}` : "Most of one checkout"}
          autocomplete="off"
          inputmode="decimal"
          optional
          value={texts.mostAmount}
          hint="Before added tax."
          error={errors?.mostAmount}
        />
      )}
      {one && <input type="hidden" name="mostCurrency" value={only} />}
      {currencies.length > 1 && (
        <>
          <label for="mostCurrency">Currency of that amount</label>
          <select
            id="mostCurrency"
            name="mostCurrency"
            {...(errors?.mostCurrency ? { "aria-invalid": "true", "aria-describedby": "mostCurrency-error" } : {})}
          >
            {currencies.map((currency) => (
              <option value={currency} selected={currency === texts.mostCurrency}>
                {currency.toUpperCase()}
              </option>
            ))}
          </select>
          {errors?.mostCurrency && (
            <p id="mostCurrency-error" class="error">
              {errors.mostCurrency}
            </p>
          )}
        </>
      )}
      <Field
        name="mostADay"
        label="Checkouts in 24 hours"
        autocomplete="off"
        inputmode="numeric"
        optional
        value={texts.mostADay}
        hint="With 0 you are asked about each one."
        error={errors?.mostADay}
      />
      <Field
        name="until"
        label="Until"
        type="date"
        autocomplete="off"
        optional
        value={texts.until}
        hint="The last day. After it you are asked about everything that the app wants to do."
        error={errors?.until}
      />
    </>
  );
}
