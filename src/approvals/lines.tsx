import type { Review } from "../kernel/run-write.ts";
import { visibleText } from "../pages/untrusted-text.ts";

/** The name of the field that carries back the hash of the lines that the page showed. */
export const SHOWN = "shown";

/** The lines of a question, in the words and the order of the kernel, with the texts that only its person reads. */
export function Lines({ review }: { review: Review }) {
  return (
    <dl class="card lines">
      {review.lines.map(({ label, value, quoted }) => (
        <div>
          <dt>{label}</dt>
          <dd>{quoted ? <blockquote>{visibleText(value)}</blockquote> : value}</dd>
        </div>
      ))}
    </dl>
  );
}
